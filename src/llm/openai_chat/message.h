// Reads one message object, of a request or of an answer, member by member into pieces; whoever
// asked puts them together as the role demands, which may come last. What has no word here is kept
// as extras, unknown content parts as opaque. Internal to the folder; lives on the stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::openai_chat {

/// Where a value stands, put into words only when something is wrong with it:
/// "messages[2].content[0].type". Chained on the stack.
struct Place {
  static constexpr std::size_t kMember = SIZE_MAX;

  const Place* up = nullptr;
  std::string_view name = {};   // a member of what `up` is
  std::size_t index = kMember;  // or an element of it

  Place of(std::string_view member) const { return {this, member}; }
  Place at(std::size_t element) const { return {this, {}, element}; }
  std::string text() const;
};

struct MessagePieces {
  base::json::Text role;
  std::vector<chat::Part> content;  // texts, refusals, media, opaque parts
  base::json::Text refusal;
  base::json::Text reasoning;     // reasoning_content, else reasoning
  std::vector<chat::Part> calls;  // an id may be empty
  base::json::Text call_id;
  base::json::Text name;
  std::string_view annotations;  // an array that is not empty, as written
  std::string_view audio;        // an object, as written
  std::optional<chat::CacheMark> cache;
  chat::Extras extras;
  std::uint32_t seen = 0;
};

class MessageReader {
 public:
  /// A read function returns false when the cursor failed or `error` was set.
  MessageReader(std::string_view body, base::json::Cursor& cursor, const chat::Limits& limits,
                std::optional<base::Error>& error)
      : body_(body), cursor_(cursor), limits_(limits), error_(error) {}

  bool message(const Place& at, MessagePieces& pieces);
  /// The value of "content": a string, null, or an array of parts.
  bool content(const Place& at, std::vector<chat::Part>& out);

 private:
  struct PartPieces;

  bool reject(base::Error error);
  bool wrong(const Place& at, std::string_view expected);
  /// A string, or null for nothing.
  bool text(const Place& at, base::json::Text& out);
  bool extra(chat::Extras& extras, std::string_view group);
  std::string_view since(std::size_t begin) const;

  bool member(const Place& at, std::string_view key, MessagePieces& pieces);
  bool once(const Place& at, std::uint32_t bit, MessagePieces& pieces);
  bool reasoning(const Place& at, std::string_view key, MessagePieces& pieces);
  bool raw_member(std::string_view& raw, base::json::Kind wanted);
  bool part(const Place& at, std::vector<chat::Part>& out);
  bool part_member(const Place& at, std::string_view key, PartPieces& pieces);
  bool part_object(const Place& at, PartPieces& pieces);
  bool finish_part(const Place& at, std::string_view raw, PartPieces& pieces,
                   std::vector<chat::Part>& out);
  bool images(const Place& at, std::vector<chat::Part>& out);
  bool calls(const Place& at, std::vector<chat::Part>& out);
  bool call(const Place& at, std::vector<chat::Part>& out);
  bool call_member(const Place& at, std::string_view key, chat::Part& part, chat::ToolCall& call);
  bool call_object(const Place& at, chat::Part& part, chat::ToolCall& call);
  bool function_call(const Place& at, std::vector<chat::Part>& out);
  bool arguments(std::string& out);
  bool extra_content(chat::Part& part, chat::ToolCall& call);

  std::string_view body_;
  base::json::Cursor& cursor_;
  const chat::Limits& limits_;
  std::optional<base::Error>& error_;
};

}  // namespace headgate::llm::openai_chat
