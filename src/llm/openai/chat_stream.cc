#include "llm/openai/chat_stream.h"

#include <algorithm>

#include "base/text/strings.h"
#include "llm/openai/chat_usage.h"

namespace headgate::llm::openai {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

// One element of "choices". Its index may come last, so nothing is kept before all of it was read.
struct ChatStream::Choice {
  std::int64_t index = 0;
  Text content;
  Text refusal;
  Text reasoning;
  Text finish_reason;
  std::string_view tool_calls;
  bool has_token = false;
};

namespace {

struct ToolCallDelta {
  std::optional<std::int64_t> index;
  Text id;
  Text name;
  Text arguments;
};

bool read_function(Cursor& cursor, ToolCallDelta& delta) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "name") cursor.maybe_string(delta.name);
    if (key == "arguments") cursor.maybe_string(delta.arguments);
  }
  return cursor.ok();
}

bool read_tool_call(Cursor& cursor, ToolCallDelta& delta) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "index") delta.index = cursor.maybe_integer();
    if (key == "id") cursor.maybe_string(delta.id);
    if (key == "function") read_function(cursor, delta);
  }
  return cursor.ok();
}

// A member goes with the comma before it, or, when it is the first, with the one behind.
void take_comma(std::string_view data, base::json::Range& member) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto before = data.find_last_not_of(kBlank, member.begin - 1);
  if (before != std::string_view::npos && data[before] == ',') {
    member.begin = before;
    return;
  }
  const auto after = data.find_first_not_of(kBlank, member.end);
  if (after != std::string_view::npos && data[after] == ',') member.end = after + 1;
}

}  // namespace

base::Result<ChunkFacts> ChatStream::on_data(std::string_view data) {
  const std::string_view trimmed = base::trim(data);
  if (done_) {
    return base::fail(Errc::upstream_malformed, "the provider's stream goes on after [DONE]");
  }
  ChunkFacts facts;
  if (trimmed == "[DONE]") {
    done_ = true;
    facts.done = true;
    return facts;
  }
  Cursor cursor(data, options_.depth_max);
  if (!read_chunk(cursor, facts)) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail = "the provider's stream has a malformed event: " + error.detail;
    return error;
  }
  facts.strip = facts.usage_only && options_.usage_is_ours;
  if (!facts.usage_null.empty()) take_comma(data, facts.usage_null);
  facts.error = error_.has_value();
  has_content_ = has_content_ || facts.content;
  return facts;
}

bool ChatStream::read_chunk(Cursor& cursor, ChunkFacts& facts) {
  if (!cursor.enter_object()) return false;
  std::string_view key;
  bool no_choices = false;
  bool has_usage = false;
  while (cursor.next_key(key)) {
    if (key == "choices") {
      if (!read_choices(cursor, facts, no_choices)) return false;
    } else if (key == "id" || key == "model") {
      Text text;
      std::string& kept = key == "id" ? id_ : model_;
      if (cursor.maybe_string(text) && kept.empty()) kept = text.decode();
    } else if (key == "usage") {
      std::optional<base::Usage> usage;
      has_usage = cursor.kind() == Kind::object;
      const bool is_null = cursor.kind() == Kind::null;
      const std::size_t begin = cursor.key_range().begin;
      if (read_usage(cursor, usage) && usage) usage_ = usage;  // totals: the last one counts
      if (is_null && options_.usage_is_ours) facts.usage_null = {begin, cursor.value_range().end};
    } else if (key == "service_tier") {
      if (cursor.kind() == Kind::string) tier_ = read_tier(cursor);
    } else if (key == "error") {
      read_error(cursor, error_);
    }
  }
  if (usage_) usage_->tier = tier_;
  facts.usage_only = no_choices && has_usage && !error_;
  return cursor.finish();
}

bool ChatStream::read_choices(Cursor& cursor, ChunkFacts& facts, bool& empty) {
  if (!cursor.enter_array()) return false;
  empty = true;
  while (cursor.next_element()) {
    empty = false;
    if (!read_choice(cursor, facts)) return false;
  }
  return cursor.ok();
}

bool ChatStream::read_choice(Cursor& cursor, ChunkFacts& facts) {
  if (!cursor.enter_object()) return false;
  Choice choice;
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "index") {
      if (!cursor.integer(choice.index)) return false;
    } else if (key == "delta") {
      if (!read_delta(cursor, choice)) return false;
    } else if (key == "finish_reason") {
      cursor.maybe_string(choice.finish_reason);
    } else if (key == "usage") {  // Moonshot's place for it
      std::optional<base::Usage> usage;
      if (read_usage(cursor, usage) && usage) usage_ = usage;
    }
  }
  if (!cursor.ok()) return false;
  const auto choices_max = static_cast<std::int64_t>(options_.choices_max);
  if (choice.index < 0 || choice.index >= choices_max)
    return cursor.reject("a choice index in range");
  facts.content = facts.content || choice.has_token;
  keep(choice);
  return true;
}

bool ChatStream::read_delta(Cursor& cursor, Choice& choice) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const Kind kind = cursor.kind();
    Text text;
    if (kind == Kind::string) {
      cursor.string(text);
      if (key == "content") choice.content = text;
      if (key == "refusal") choice.refusal = text;
      const bool thinks = key == "reasoning_content" || key == "reasoning";
      if (thinks && !text.empty()) choice.reasoning = text;
      const bool says = key == "content" || key == "refusal" || thinks;
      choice.has_token = choice.has_token || (says && !text.empty());
    } else if (key == "tool_calls" && kind == Kind::array) {
      if (!cursor.skip()) return false;
      choice.tool_calls = cursor.value_text();
      choice.has_token = choice.has_token || choice.tool_calls.find('{') != std::string_view::npos;
    } else if ((key == "function_call" || key == "audio") && kind == Kind::object) {
      choice.has_token = true;
    }
  }
  return cursor.ok();
}

void ChatStream::keep(const Choice& choice) {
  const auto index = static_cast<std::size_t>(choice.index);
  if (finish_reasons_.size() <= index) finish_reasons_.resize(index + 1);
  if (!choice.finish_reason.empty()) finish_reasons_[index] = choice.finish_reason.decode();
  if (index != 0) return;
  gather(text_, choice.content);
  gather(refusal_, choice.refusal);
  append(reasoning_, choice.reasoning, options_.reasoning_bytes_max - reasoning_.size());
  keep_tool_calls(choice.tool_calls);
}

void ChatStream::keep_tool_calls(std::string_view array) {
  if (array.empty()) return;
  Cursor cursor(array, options_.depth_max);
  cursor.enter_array();
  while (cursor.next_element()) {
    ToolCallDelta delta;
    if (!read_tool_call(cursor, delta)) return;
    StreamedToolCall* call = tool_call_at(delta.index, delta.id);
    if (call == nullptr) return;
    if (call->id.empty()) gather(call->id, delta.id);
    if (call->name.empty()) gather(call->name, delta.name);
    gather(call->arguments, delta.arguments);
  }
}

// The call a fragment belongs to. Servers exist that give two calls one index: another id is
// another call, whatever the index says. Null when there are too many.
StreamedToolCall* ChatStream::tool_call_at(std::optional<std::int64_t> index, const Text& id) {
  const std::int64_t wanted = index ? *index : tool_calls_.empty() ? 0 : tool_calls_.back().index;
  const auto same = [&](const StreamedToolCall& call) {
    return call.index == wanted && (id.empty() || call.id.empty() || equals(id, call.id));
  };
  const auto found = std::find_if(tool_calls_.rbegin(), tool_calls_.rend(), same);
  if (found != tool_calls_.rend()) return &*found;
  if (tool_calls_.size() == options_.tool_calls_max) {
    gathered_cut_ = true;
    return nullptr;
  }
  tool_calls_.push_back({wanted, {}, {}, {}});
  return &tool_calls_.back();
}

void ChatStream::gather(std::string& out, const Text& text) {
  const std::size_t before = out.size();
  if (!append(out, text, options_.gathered_bytes_max - gathered_bytes_)) gathered_cut_ = true;
  gathered_bytes_ += out.size() - before;
}

bool ChatStream::finished() const {
  return !finish_reasons_.empty() &&
         std::none_of(finish_reasons_.begin(), finish_reasons_.end(),
                      [](const std::string& reason) { return reason.empty(); });
}

std::string ChatStream::tool_calls_json() const {
  if (tool_calls_.empty()) return {};
  std::string out = "[";
  for (const StreamedToolCall& call : tool_calls_) {
    if (out.size() > 1) out += ",";
    out += "{\"id\":";
    base::append_json_string(out, call.id);
    out += ",\"type\":\"function\",\"function\":{\"name\":";
    base::append_json_string(out, call.name);
    out += ",\"arguments\":";
    base::append_json_string(out, call.arguments);
    out += "}}";
  }
  out += "]";
  return out;
}

}  // namespace headgate::llm::openai
