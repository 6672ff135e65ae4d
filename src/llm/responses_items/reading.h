// A decode of Responses JSON under way: the cursor, where in the request or answer it stands (for
// error messages only), and readers of members that say what is wrong in the words of the API.
// Readers return false when the cursor failed or an error was kept; the first error stands. Lives
// on the stack of one decode; the text must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

/// How the extras of an assistant's message item, and of a reasoning item, are marked among those
/// of its first part.
inline constexpr std::string_view kItemExtra = "message.";

/// "input[2].content[0]", put together only when something is wrong with it.
struct Place {
  std::string_view root;   // "input", "output", "tools"; empty: the body itself
  std::int64_t item = -1;  // -1: root as a whole
  std::string_view list;   // "content", "output", "summary"; empty: the item itself
  std::int64_t part = -1;

  std::string param(std::string_view member) const;
};

class Reading {
 public:
  enum class Side : std::uint8_t { caller, provider };

  Reading(std::string_view text, const chat::Limits& limit, Side from)
      : cursor(text, limit.depth_max), limits(limit), side(from), text_(text) {}

  base::json::Cursor cursor;
  const chat::Limits& limits;
  const Side side;
  Place at;
  /// Where the log-probabilities of texts are gathered, a JSON array; null: they are extras.
  std::string* logprobs = nullptr;

  bool reject(std::string_view member, std::string_view why);
  bool wrong_type(std::string_view member, std::string_view expected, base::json::Kind got);
  bool missing(std::string_view member);

  /// The next value; null leaves `out` as it is.
  bool string(std::string_view member, std::string& out);
  bool boolean(std::string_view member, std::optional<bool>& out);
  bool count(std::string_view member, std::optional<std::int64_t>& out);
  /// A number as it was written.
  bool number(std::string_view member, std::string& out);
  /// A value of that kind as it was written.
  bool raw(std::string_view member, base::json::Kind kind, std::string& out);
  /// Whatever comes next, kept as it was written. A member that could not be told from an item's
  /// own among a part's extras is left out.
  bool extra(std::string_view key, chat::Extras& extras);

  /// The key that the cursor gave last, without escapes however long it is.
  std::string plain_key(std::string_view key) const;

  /// Whether the next value is an object that the cursor has entered.
  bool enter_object(std::string_view member);
  /// False: it was null, and passed over, or it was wrong (then an error is kept).
  bool enter_array(std::string_view member);

  bool ok() const { return !error_ && cursor.ok(); }
  /// REQUIRES: something is wrong.
  base::Error error() const;

 private:
  bool keep(std::string_view member, std::string detail);
  bool skip_if_null_or_broken(base::json::Kind kind);

  std::string_view text_;
  std::optional<base::Error> error_;
};

/// The "type" of the object that is next, as written between its quotes; empty where there is none.
std::string_view peek_type(const base::json::Cursor& at);

}  // namespace headgate::llm::responses
