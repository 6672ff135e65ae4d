// How members of Gemini's JSON are read: protobuf's rules, in which "topP" and "top_p" are one
// name, null is as good as absent, one object stands for an array of one, and a number may come as
// a string. A Reading walks one body; it keeps the path to where it is, so that what is wrong can
// be named. Lives on the stack of whoever reads; the text must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

/// "top_p" as "topP"; `key` itself where nothing changes, else a view of `buffer`.
std::string_view camel(std::string_view key, std::string& buffer);

class Reading {
 public:
  /// `invalid` is what a wrong type or value is: invalid_request of a caller (then text that is no
  /// JSON is invalid_json), upstream_malformed of a provider.
  Reading(std::string_view body, const chat::Limits& bounds, base::Errc invalid)
      : cursor(body, bounds.depth_max), limits(bounds), text(body), invalid_(invalid) {}

  base::json::Cursor cursor;
  const chat::Limits& limits;
  std::string_view text;

  /// Names where the reader is for as long as it lives: a member, or an element of one.
  class Step {
   public:
    Step(Reading& reading, std::string_view name, std::optional<std::size_t> index = {})
        : reading_(reading) {
      reading_.path_.push_back({name, index});
    }
    ~Step() { reading_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reading& reading_;
  };

  bool from_provider() const { return invalid_ == base::Errc::upstream_malformed; }

  /// Steps into the object that is next.
  bool enter();
  /// Its next member that is not null, by its name in camel case; valid until the next call.
  bool member(std::string_view& name);
  /// Every element of the array that is next, or the one value that stands for it.
  /// REQUIRES: `read` returns false only after an error.
  template <class Read>
  bool each(std::string_view name, std::size_t max, Read read);

  // Read the next value; a wrong type is an error.
  bool string(std::string& out);
  bool integer(std::optional<std::int64_t>& out);
  bool boolean(bool& out);
  bool number(std::string& out);  // as written
  bool raw(std::string& out);     // any value, as written
  bool raw_object(std::string& out);
  bool extra(chat::Extras& out, std::string_view prefix, std::string_view name);

  /// Fails where the reader is. Returns false.
  bool reject(std::string why);
  bool failed() const { return error_.has_value() || !cursor.ok(); }
  /// The whole text was read and nothing is wrong.
  bool finish() { return !error_ && cursor.finish(); }
  /// REQUIRES: something failed.
  base::Error error() const;

 private:
  struct Named {
    std::string_view name;
    std::optional<std::size_t> index;
  };
  bool expected(std::string_view what);
  std::string path() const;

  base::Errc invalid_;
  std::optional<base::Error> error_;
  std::vector<Named> path_;
  std::string name_;
  std::string decoded_;
};

template <class Read>
bool Reading::each(std::string_view name, std::size_t max, Read read) {
  if (cursor.kind() != base::json::Kind::array) {
    const Step step(*this, name, 0);
    return read();
  }
  std::size_t count = 0;
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    const Step step(*this, name, count);
    if (count++ == max) return reject("more than " + std::to_string(max) + " elements");
    if (!read()) return false;
  }
  return cursor.ok();
}

/// Whether `text` is one JSON object, or one array.
bool is_json_object(std::string_view text);
bool is_json_array(std::string_view text);

/// An id for a call that the provider gave none, from `seed` and the call's place. is_made_id()
/// knows it again, so it never goes to a provider.
std::string made_id(std::string_view seed, std::size_t candidate, std::size_t ordinal);
/// Likewise for the call of a request that is the `ordinal`th without an id.
std::string made_id(std::size_t ordinal);
bool is_made_id(std::string_view id);

}  // namespace headgate::llm::gemini
