#include "llm/responses_items/input_encode.h"

#include <algorithm>

#include "llm/chat/loss_names.h"
#include "llm/responses_items/content_decode.h"
#include "llm/responses_items/item_decode.h"

namespace headgate::llm::responses {
namespace {

using chat::Dialect;
using chat::Loss;
using chat::Media;
using chat::Message;
using chat::Part;
using chat::Reasoning;
using chat::Refusal;
using chat::Role;
using chat::Text;

constexpr std::size_t kMarksMax = 4;
constexpr std::string_view kUnknown = "unknown to the Responses API";

bool can_be_marked(const Part& part) {
  return part.as<Text>() || part.as<Refusal>() || part.as<Media>();
}

std::size_t count_marks(const std::vector<Part>& parts) {
  std::size_t count = 0;
  for (const Part& part : parts) {
    if (part.cache && can_be_marked(part)) ++count;
    if (const auto* result = part.as<chat::ToolResult>()) count += count_marks(result->content);
  }
  return count;
}

std::size_t count_marks(const chat::Request& request) {
  std::size_t count = 0;
  for (const Message& message : request.messages) {
    if (message.role != Role::assistant) count += count_marks(message.parts);
  }
  return count;
}

bool is_own_opaque(const Part& part) {
  const auto* odd = part.as<chat::Opaque>();
  return odd != nullptr && odd->origin == Dialect::openai_responses;
}

}  // namespace

std::string_view cache_ttl(std::string_view ttl) {
  if (ttl == "1h" || ttl == "12h") return "12h";
  return ttl == "30m" ? "30m" : std::string_view();
}

InputEncoder::InputEncoder(base::json::Writer& out, const chat::Request& request,
                           chat::Losses& losses)
    : out_(out),
      request_(request),
      losses_(losses),
      is_own_(request.origin == Dialect::openai_responses) {
  const std::size_t marks = count_marks(request);
  marks_to_drop_ = is_own_ ? 0 : marks - std::min(marks, kMarksMax);
}

void InputEncoder::write(std::size_t first) {
  for (message_ = first; message_ < request_.messages.size(); ++message_) {
    part_ = 0;
    message(request_.messages[message_]);
  }
}

void InputEncoder::message(const Message& message) {
  if (!message.name.empty()) lose("name", "items name no participant", Loss::Weight::hint);
  switch (message.role) {
    case Role::assistant: return turn(message.parts);
    case Role::tool: return results(message.parts);
    case Role::system:
    case Role::developer:
    case Role::user: return plain_message(message);
  }
}

void InputEncoder::plain_message(const Message& message) {
  out_.begin_object();
  if (!message.parts.empty()) {
    const std::string_view id = known_id(message.parts.front().item_id);
    if (!id.empty()) out_.member("id", id);
  }
  out_.member("type", "message");
  out_.member("role", name(message.role));
  if (is_own_) {
    for (const chat::Extra& extra : message.extras) out_.member_raw(extra.name, extra.json);
  } else {
    lose_extras(message.extras, Loss::Weight::meaning);
  }
  out_.key("content");
  if (message.parts.empty()) {
    out_.string("");
  } else if (message.parts.size() == 1 && is_bare(message.parts.front())) {
    out_.string(message.parts.front().as<Text>()->text);
  } else {
    out_.begin_array();
    plain_content(message.parts);
    out_.end_array();
  }
  out_.end_object();
}

// Whether a part says no more than its text, which is not empty: that one means no part.
bool InputEncoder::is_bare(const Part& part) const {
  const auto* text = part.as<Text>();
  return text != nullptr && !text->text.empty() && !part.cache && part.extras.empty() &&
         text->annotations.empty();
}

void InputEncoder::plain_content(const std::vector<Part>& parts) {
  part_ = 0;
  for (const Part& part : parts) {
    input_part(part);
    ++part_;
  }
}

void InputEncoder::input_part(const Part& part) {
  ItemForm form{.is_answer = false, .is_own = is_own_};
  mark(part, form);
  if (!is_own_) lose_extras(part.extras, Loss::Weight::meaning);
  if (part.as<Text>() || part.as<Refusal>()) {
    text(part, form);
  } else if (const auto* media = part.as<Media>()) {
    const bool known_file = is_own_ || request_.origin == Dialect::openai_chat;
    if (!media->file_id.empty() && !known_file) {
      lose("", "a file of another provider", Loss::Weight::meaning);
    } else if (!write_input_media(out_, part, form)) {
      lose("", "media of this kind cannot be input", Loss::Weight::meaning);
    }
  } else if (part.as<chat::Opaque>()) {
    opaque(part);
  } else {
    lose("", "a message cannot hold it", Loss::Weight::meaning);
  }
}

// Our own callers may put an assistant's words into anybody's mouth, and get them back.
void InputEncoder::text(const Part& part, const ItemForm& form) {
  const auto* text = part.as<Text>();
  if (is_own_ && text == nullptr) return write_refusal(out_, part, form);
  if (!is_own_ || text->annotations.empty()) return write_input_text(out_, part, form);
  if (part.cache) lose("cache", "it takes no mark", Loss::Weight::hint);
  write_output_text(out_, part, form);
}

void InputEncoder::opaque(const Part& part) {
  if (is_own_opaque(part)) {
    out_.raw(part.as<chat::Opaque>()->json);
  } else {
    lose("", "'" + part.as<chat::Opaque>()->type + "' has no counterpart", Loss::Weight::meaning);
  }
}

void InputEncoder::turn(const std::vector<Part>& parts) {
  if (parts.empty()) {
    out_.raw(R"({"type":"message","role":"assistant","content":""})");
    return;
  }
  for (part_ = 0; part_ < parts.size();) {
    const Part& part = parts[part_];
    if (in_message(part)) {
      part_ = assistant_message(parts, part_);
      continue;
    }
    if (part.as<Reasoning>()) {
      part_ = reasoning(parts, part_);
      continue;
    }
    if (part.as<chat::ToolCall>()) {
      call(part);
    } else if (part.as<chat::Opaque>()) {
      opaque(part);
    } else {
      lose("", "the assistant's turn cannot hold it", Loss::Weight::meaning);
    }
    ++part_;
  }
}

bool InputEncoder::in_message(const Part& part) const {
  if (part.as<Text>() || part.as<Refusal>()) return true;
  if (!is_own_) return false;
  const auto* odd = part.as<chat::Opaque>();
  return part.as<Media>() || (odd != nullptr && is_content_type(odd->type));
}

bool InputEncoder::goes_on(const Part& first, const Part& next) const {
  const bool begins = std::any_of(next.extras.begin(), next.extras.end(), [](const auto& extra) {
    return std::string_view(extra.name).starts_with(kItemExtra);
  });
  return !begins && in_message(next) && next.item_id == first.item_id;
}

std::size_t InputEncoder::assistant_message(const std::vector<Part>& parts, std::size_t begin) {
  const Part& first = parts[begin];
  std::size_t end = begin + 1;
  while (end < parts.size() && goes_on(first, parts[end])) ++end;
  const std::string_view id = known_id(first.item_id);
  out_.begin_object();
  if (!id.empty()) out_.member("id", id);
  out_.member("type", "message");
  out_.member("role", "assistant");
  if (!id.empty()) out_.member("status", "completed");
  if (is_own_) {
    for (const chat::Extra& extra : first.extras) {
      const std::string_view extra_name = extra.name;
      if (extra_name.starts_with(kItemExtra)) {
        out_.member_raw(extra_name.substr(kItemExtra.size()), extra.json);
      }
    }
  }
  out_.key("content");
  if (end == begin + 1 && id.empty() && is_bare(first)) {
    out_.string(first.as<Text>()->text);
  } else {
    out_.begin_array();
    for (part_ = begin; part_ < end; ++part_) assistant_part(parts[part_]);
    out_.end_array();
  }
  out_.end_object();
  return end;
}

void InputEncoder::assistant_part(const Part& part) {
  const ItemForm form{.is_answer = false, .is_own = is_own_};
  if (!is_own_) lose_extras(part.extras, Loss::Weight::hint);
  if (part.cache) lose("cache", "what the assistant said takes no mark", Loss::Weight::hint);
  if (const auto* text = part.as<Text>()) {
    const bool foreign = !is_own_ && request_.origin != Dialect::openai_chat;
    if (foreign && !text->annotations.empty()) {
      lose("citations", "citations of another provider", Loss::Weight::hint);
    }
    write_output_text(out_, part, form);
  } else if (part.as<Refusal>()) {
    write_refusal(out_, part, form);
  } else if (part.as<Media>()) {
    write_input_media(out_, part, form);
  } else {
    opaque(part);
  }
}

std::size_t InputEncoder::reasoning(const std::vector<Part>& parts, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < parts.size() && same_item(parts[end - 1], parts[end])) ++end;
  bool signed_here = false;
  bool signed_elsewhere = false;
  for (std::size_t i = begin; i < end; ++i) {
    const chat::Signature& signature = parts[i].as<Reasoning>()->signature;
    if (signature.empty()) continue;
    (signature.origin == Dialect::openai_responses ? signed_here : signed_elsewhere) = true;
  }
  const std::string_view id = parts[begin].as<Reasoning>()->id;
  const bool own = is_own_ && !signed_elsewhere && !is_made_id(id);
  if (!own && !signed_here) {
    part_ = begin;
    lose("", "reasoning of another provider", Loss::Weight::hint);
    return end;
  }
  ItemForm form{.is_answer = false, .is_own = is_own_};
  form.id = known_id(id);
  write_item(out_, std::span(parts).subspan(begin, end - begin), form);
  return end;
}

void InputEncoder::call(const Part& part) {
  ItemForm form{.is_answer = false, .is_own = is_own_};
  form.id = known_id(part.item_id);
  if (!is_own_) lose_extras(part.extras, Loss::Weight::hint);
  if (part.cache) lose("cache", "a call takes no mark", Loss::Weight::hint);
  if (!part.as<chat::ToolCall>()->signature.empty()) {
    lose("signature", "the signature of another provider", Loss::Weight::hint);
  }
  write_item(out_, {&part, 1}, form);
}

void InputEncoder::results(const std::vector<Part>& parts) {
  for (part_ = 0; part_ < parts.size(); ++part_) {
    const Part& part = parts[part_];
    if (part.as<chat::ToolResult>()) {
      result(part);
    } else if (part.as<chat::Opaque>()) {
      opaque(part);
    } else {
      lose("", "only results of tools can stand here", Loss::Weight::meaning);
    }
  }
}

void InputEncoder::result(const Part& part) {
  const chat::ToolResult& result = *part.as<chat::ToolResult>();
  if (result.is_error) lose("is_error", "an output is not marked as failed", Loss::Weight::hint);
  if (part.cache) lose("cache", "an output takes no mark as a whole", Loss::Weight::hint);
  out_.begin_object();
  const std::string_view id = known_id(part.item_id);
  if (!id.empty()) out_.member("id", id);
  out_.member("type", result.custom ? "custom_tool_call_output" : "function_call_output");
  out_.member("call_id", result.call_id);
  if (is_own_) {
    const auto before = std::span(request_.messages).first(message_);
    if (called_name(before, result.call_id) != result.name) out_.member("name", result.name);
    for (const chat::Extra& extra : part.extras) out_.member_raw(extra.name, extra.json);
  } else {
    lose_extras(part.extras, Loss::Weight::hint);
  }
  out_.key("output");
  if (result.content.empty()) {
    out_.string("");
  } else if (result.content.size() == 1 && is_bare(result.content.front())) {
    out_.string(result.content.front().as<Text>()->text);
  } else {
    out_.begin_array();
    for (const Part& piece : result.content) input_part(piece);
    out_.end_array();
  }
  out_.end_object();
}

void InputEncoder::mark(const Part& part, ItemForm& form) {
  if (!part.cache) return;
  if (!can_be_marked(part)) return lose("cache", "it takes no mark", Loss::Weight::hint);
  if (marks_to_drop_ > 0) {
    --marks_to_drop_;
    return lose("cache", "four marks are the most", Loss::Weight::hint);
  }
  mark_ = *part.cache;
  if (!is_own_) mark_.ttl = cache_ttl(mark_.ttl);
  form.cache = &mark_;
}

void InputEncoder::lose(std::string_view member, std::string_view why, Loss::Weight weight) {
  std::string field = chat::part_name(request_, message_, part_);
  if (!member.empty()) {
    field += '.';
    field += member;
  }
  losses_.push_back({std::move(field), std::string(why), weight});
}

void InputEncoder::lose_extras(const chat::Extras& extras, Loss::Weight weight) {
  for (const chat::Extra& extra : extras) {
    if (chat::says_nothing(extra)) continue;
    const bool hint = weight == Loss::Weight::hint;
    lose(extra.name, kUnknown, hint ? weight : chat::weight_of(extra));
  }
}

// The id of an item as far as a provider can know it.
std::string_view InputEncoder::known_id(std::string_view id) const {
  return is_own_ && !is_made_id(id) ? id : std::string_view();
}

}  // namespace headgate::llm::responses
