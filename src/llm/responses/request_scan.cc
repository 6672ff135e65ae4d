#include "llm/responses/request_scan.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text/strings.h"
#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {
namespace {

using base::json::Kind;
using base::json::Range;
using base::json::Text;

constexpr std::array<std::string_view, 12> kMembers{"model",
                                                    "input",
                                                    "stream",
                                                    "previous_response_id",
                                                    "store",
                                                    "background",
                                                    "user",
                                                    "safety_identifier",
                                                    "max_output_tokens",
                                                    "tools",
                                                    "prompt_cache_key",
                                                    "prompt_cache_options"};

// Whether the text has this key anywhere. In valid JSON, quotes that no backslash escapes with a
// colon behind them are a key, never the inside of a string.
bool has_key(std::string_view json, std::string_view quoted) {
  for (std::size_t at = json.find(quoted); at != std::string_view::npos;
       at = json.find(quoted, at + 1)) {
    const std::size_t behind = json.find_first_not_of(" \t\r\n", at + quoted.size());
    const bool escaped = at > 0 && json[at - 1] == '\\';
    if (!escaped && behind != std::string_view::npos && json[behind] == ':') return true;
  }
  return false;
}

class Scan {
 public:
  Scan(std::string_view body, const chat::Limits& limits)
      : body_(body), reading_(body, limits, Reading::Side::caller) {}

  base::Result<chat::Head> run();

 private:
  bool once(std::string_view key);
  bool member(std::string_view key);
  bool model();
  bool input();
  bool tools();
  bool cache_options();
  bool short_text(std::string_view member, std::size_t bytes_max, std::string& out);
  bool flag(std::string_view member, bool& out);

  std::string_view body_;
  Reading reading_;
  chat::Head head_;
  std::string user_;
  unsigned seen_ = 0;
};

bool Scan::once(std::string_view key) {
  const auto* found = std::find(kMembers.begin(), kMembers.end(), key);
  if (found == kMembers.end()) return true;
  const unsigned bit = 1U << (found - kMembers.begin());
  if ((seen_ & bit) != 0) return reading_.reject(*found, "it appears more than once");
  seen_ |= bit;
  return true;
}

bool Scan::member(std::string_view key) {
  if (!once(key)) return false;
  const chat::Limits& limits = reading_.limits;
  if (key == "model") return model();
  if (key == "input") return input();
  if (key == "stream") return flag("stream", head_.stream);
  if (key == "store") return flag("store", head_.store);
  if (key == "background") return flag("background", head_.background);
  if (key == "user") return short_text("user", limits.user_bytes_max, user_);
  if (key == "safety_identifier") return short_text(key, limits.user_bytes_max, head_.user);
  if (key == "prompt_cache_key") return short_text(key, limits.user_bytes_max, head_.cache_key);
  if (key == "max_output_tokens") return reading_.count(key, head_.output_tokens_max);
  if (key == "previous_response_id") {
    return short_text(key, limits.user_bytes_max, head_.previous_response_id);
  }
  if (key == "tools") return tools();
  if (key == "prompt_cache_options") return cache_options();
  return reading_.cursor.skip();
}

bool Scan::model() {
  const Kind kind = reading_.cursor.kind();
  if (kind != Kind::string && kind != Kind::none) {
    return reading_.wrong_type("model", "a string", kind);
  }
  Text value;
  if (!reading_.cursor.string(value)) return false;
  head_.model_value = reading_.cursor.value_range();
  const std::size_t bytes_max = reading_.limits.model_bytes_max;
  return append(head_.model, value, bytes_max) ||
         reading_.reject("model", "longer than " + std::to_string(bytes_max) + " bytes");
}

bool Scan::input() {
  base::json::Cursor& cursor = reading_.cursor;
  const Kind kind = cursor.kind();
  const std::size_t begin = cursor.offset();
  if (kind == Kind::null || kind == Kind::none) return cursor.skip();
  if (kind == Kind::array) {
    if (!cursor.enter_array()) return false;
    while (cursor.next_element()) {
      if (++head_.messages_count > reading_.limits.messages_max) {
        return reading_.reject("input", "too many items");
      }
    }
  } else if (kind == Kind::string) {
    head_.messages_count = 1;
    if (!cursor.skip()) return false;
  } else {
    return reading_.wrong_type("input", "a string or an array of items", kind);
  }
  if (!cursor.ok()) return false;
  head_.prompt = body_.substr(begin, cursor.value_range().end - begin);
  head_.has_cache_marks =
      head_.has_cache_marks || has_key(head_.prompt, "\"prompt_cache_breakpoint\"");
  return true;
}

bool Scan::tools() {
  base::json::Cursor& cursor = reading_.cursor;
  if (cursor.kind() != Kind::array) return cursor.skip();  // the provider says what is wrong
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) head_.has_tools = true;
  return cursor.ok();
}

bool Scan::cache_options() {
  base::json::Cursor& cursor = reading_.cursor;
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    Text mode;
    if (key == "mode" && cursor.maybe_string(mode) && equals(mode, "explicit")) {
      head_.has_cache_marks = true;
    }
  }
  return cursor.ok();
}

bool Scan::short_text(std::string_view member, std::size_t bytes_max, std::string& out) {
  std::string text;
  if (!reading_.string(member, text)) return false;
  if (text.size() > bytes_max) {
    return reading_.reject(member, "longer than " + std::to_string(bytes_max) + " bytes");
  }
  out = std::move(text);
  return true;
}

bool Scan::flag(std::string_view member, bool& out) {
  std::optional<bool> value;
  if (!reading_.boolean(member, value)) return false;
  out = value.value_or(out);
  return true;
}

base::Result<chat::Head> Scan::run() {
  base::json::Cursor& cursor = reading_.cursor;
  std::string_view key;
  head_.is_empty = true;
  if (reading_.enter_object("")) {
    while (cursor.next_key(key)) {
      head_.is_empty = false;
      if (!member(key)) break;
    }
    head_.end = cursor.value_range().begin;
  }
  if (!reading_.ok() || !cursor.finish()) return reading_.error();
  if (head_.model.empty()) {
    reading_.missing("model");
    return reading_.error();
  }
  if (head_.user.empty()) head_.user = std::move(user_);
  return std::move(head_);
}

struct Edit {
  Range range;
  std::string text;
};

std::string spliced(std::string_view body, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  std::size_t size = body.size();
  for (const Edit& edit : edits) size += edit.text.size();
  std::string out;
  out.reserve(size);
  std::size_t from = 0;
  for (const Edit& edit : edits) {
    out.append(body.substr(from, edit.range.begin - from)).append(edit.text);
    from = edit.range.end;
  }
  return out.append(body.substr(from));
}

// A member at the top of the body: its value, and all of it.
struct Member {
  Range value;
  Range whole;
};

// REQUIRES: the body was scanned, so it is an object.
std::optional<Member> find_member(std::string_view body, std::string_view name) {
  base::json::Cursor cursor(body, base::json::Cursor::kDepthMax);
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key != name) continue;
    const std::size_t begin = cursor.key_range().begin;
    if (!cursor.skip()) break;
    return Member{cursor.value_range(), {begin, cursor.value_range().end}};
  }
  return std::nullopt;
}

// A member goes with the comma before it, or, when it is the first, with the one behind.
Range with_comma(std::string_view body, Range member) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t before = body.find_last_not_of(kBlank, member.begin - 1);
  if (body[before] == ',') return {before, member.end};
  const std::size_t after = body.find_first_not_of(kBlank, member.end);
  return body[after] == ',' ? Range{member.begin, after + 1} : member;
}

Edit cache_key_edit(std::string_view body, const chat::Head& head, std::string_view cache_key) {
  const std::string value = base::json_string(cache_key);
  if (const auto empty = find_member(body, "prompt_cache_key")) return {empty->value, value};
  return {{head.end, head.end}, ",\"prompt_cache_key\":" + value};
}

// "[1,2]" is "1,2".
std::string_view inside_array(std::string_view array) {
  const std::size_t open = array.find('[');
  const std::size_t close = array.rfind(']');
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  const std::string_view inside = array.substr(open + 1, close - open - 1);
  return inside.find_first_not_of(" \t\r\n") == std::string_view::npos ? std::string_view()
                                                                       : inside;
}

// The input that follows the earlier items.
std::string joined_input(std::string_view own, std::string_view items) {
  std::string out = "[";
  out.reserve(own.size() + items.size() + 64);
  out += items;
  const bool text = own.starts_with('"');
  const std::string_view rest = text ? own : inside_array(own);
  if (out.size() > 1 && !rest.empty()) out += ',';
  if (text) out += R"({"type":"message","role":"user","content":)";
  out += rest;
  if (text) out += '}';
  return out += ']';
}

}  // namespace

base::Result<chat::Head> scan_request(std::string_view body, const chat::Limits& limits) {
  return Scan(body, limits).run();
}

std::optional<std::string> edit_request(std::string_view body, const chat::Head& head,
                                        const chat::Edits& edits) {
  std::vector<Edit> list;
  if (edits.model && *edits.model != head.model) {
    list.push_back({head.model_value, base::json_string(*edits.model)});
  }
  if (!edits.cache_key.empty() && head.cache_key.empty()) {
    list.push_back(cache_key_edit(body, head, edits.cache_key));
  }
  if (list.empty()) return std::nullopt;
  return spliced(body, std::move(list));
}

std::string replace_previous(std::string_view body, const chat::Head& head,
                             std::string_view items_json) {
  std::vector<Edit> list;
  if (const auto previous = find_member(body, "previous_response_id")) {
    list.push_back({with_comma(body, previous->whole), {}});
  }
  const std::string_view items = inside_array(items_json);
  if (!items.empty()) {
    const std::string input = joined_input(head.prompt, items);
    if (const auto own = find_member(body, "input")) {
      list.push_back({own->value, input});
    } else {
      list.push_back({{head.end, head.end}, ",\"input\":" + input});
    }
  }
  return spliced(body, std::move(list));
}

std::string input_tokens_body(std::int64_t tokens) {
  return "{\"object\":\"response.input_tokens\",\"input_tokens\":" + std::to_string(tokens) + "}";
}

}  // namespace headgate::llm::responses
