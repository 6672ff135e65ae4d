// The conversation of an encoded request, in turns that the provider accepts: a user turn first,
// neighbours of one role as one turn, tool results before everything else in the turn that follows
// their calls, no empty texts, instructions in the midst of a conversation behind a user turn, at
// most four cache breakpoints. What is lost on the way is said. One object an encoding, on the
// stack of encode_request(); used by request_encode.cc alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "llm/chat/loss_names.h"
#include "llm/chat/request.h"

namespace headgate::llm::anthropic {

using Weight = chat::Loss::Weight;

/// The provider takes no text of blanks alone.
inline bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

/// Decides which cache marks are sent. Of more than four the first (tools and instructions change
/// least) and the last three stay.
class CacheMarks {
 public:
  explicit CacheMarks(const chat::Request& request);
  bool any() const { return total_ > 0; }
  /// Of the next mark, in the order they are written: whether it is sent.
  bool next() {
    const std::size_t i = seen_++;
    return total_ <= kMarksMax || i == 0 || i + kMarksMax - 1 >= total_;
  }

 private:
  static constexpr std::size_t kMarksMax = 4;

  std::size_t total_ = 0;
  std::size_t seen_ = 0;
};

/// Where a part stands: its message, and its place in it. A part in a tool's result has both.
struct Where {
  std::size_t message = 0;
  std::size_t part = 0;
  std::optional<std::size_t> inner;
};

/// What one encoding shares.
class Encoding {
 public:
  Encoding(const chat::Request& request, const chat::Target& target, chat::Losses& losses,
           base::json::Writer& out);

  const chat::Request& request;
  base::json::Writer& out;
  const std::size_t leading;  // messages at the start that are instructions
  const bool own;             // the request was in this dialect
  const bool is_2026;         // the target's API version has the rules of 2026-10-21
  bool silent = false;        // losses are only looked for

  void lose(std::string field, std::string why, Weight weight = Weight::meaning) {
    if (!silent) losses_.push_back({std::move(field), std::move(why), weight});
  }
  /// In the words of the origin.
  std::string path(std::size_t message) const { return message_name(request, message); }
  std::string path(const Where& where) const {
    const std::string part = part_name(request, where.message, where.part);
    return where.inner ? part + ".content[" + std::to_string(*where.inner) + "]" : part;
  }

  bool has_marks() const { return marks_.any(); }
  /// The member "cache_control".
  /// Strict tools take a subset of JSON Schema only, another one than OpenAI's: its own wish alone
  /// is passed on, any other is a loss.
  bool takes_strict(const chat::Tool& tool, const std::string& field) {
    if (own || !tool.strict.value_or(false)) return own && tool.strict;
    lose(field + ".strict", "its schema may use what Anthropic's strict tools do not take",
         chat::Loss::Weight::hint);
    return false;
  }
  void cache_mark(const std::optional<chat::CacheMark>& mark, const chat::Extras& extras,
                  const std::string& field);
  /// Own extras as members; others are losses.
  void extras(const chat::Extras& extras, const std::string& field);
  /// {"type":"text","text":…} without marks.
  void plain_text(std::string_view text) {
    out.begin_object();
    out.member("type", "text");
    out.member("text", text);
    out.end_object();
  }

 private:
  chat::Losses& losses_;
  CacheMarks marks_;
  bool short_seen_ = false;  // a five minute mark was written: no longer one may follow
};

/// The array of system blocks; `extra_text` becomes the last one. Nothing is written when there are
/// none.
void write_system(Encoding& encoding, std::string_view extra_text);
/// The member "messages".
void write_messages(Encoding& encoding);

}  // namespace headgate::llm::anthropic
