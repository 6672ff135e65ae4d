#include "llm/responses/stored.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "base/json/writer.h"
#include "base/text/strings.h"
#include "llm/responses/answer.h"
#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses_items/item_decode.h"
#include "llm/responses_items/item_encode.h"

namespace headgate::llm::responses {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using base::json::Writer;

// What a stored item says of itself, and its members but the content.
struct ItemFacts {
  std::string type;
  std::string role;
  std::string id;
  std::string status;
  std::string_view content;  // as written
  std::string others;        // members as written, comma by comma
};

void add_member(std::string& members, std::string_view quoted_key, std::string_view json) {
  if (!members.empty()) members += ',';
  members += quoted_key;
  members += ':';
  members += json;
}

std::string* known_fact(ItemFacts& facts, std::string_view key) {
  if (key == "type") return &facts.type;
  if (key == "id") return &facts.id;
  if (key == "status") return &facts.status;
  return nullptr;
}

// REQUIRES: `cursor` reads `text`.
bool read_facts(Cursor& cursor, std::string_view text, ItemFacts& facts) {
  if (!cursor.enter_object()) return false;
  std::string_view key;
  while (cursor.next_key(key)) {
    std::string* fact = known_fact(facts, key);
    const bool is_role = key == "role";
    const bool is_content = key == "content";
    const bool is_dropped = key == "created_by";
    Text value;
    const bool is_text = cursor.kind() == Kind::string;
    if (!(is_text ? cursor.string(value) : cursor.skip())) return false;
    if (fact != nullptr) {
      if (is_text) *fact = value.decode();
      continue;
    }
    if (is_role) facts.role = value.decode();
    if (is_content) {
      facts.content = cursor.value_text();
    } else if (!is_dropped) {
      add_member(facts.others, cursor.key_range().of(text), cursor.value_text());
    }
  }
  return cursor.ok();
}

std::string_view prefix_of(std::string_view type) {
  constexpr std::array<std::array<std::string_view, 2>, 6> kPrefixes{
      {{"message", "msg"},
       {"reasoning", "rs"},
       {"function_call", "fc"},
       {"function_call_output", "fco"},
       {"custom_tool_call", "ctc"},
       {"custom_tool_call_output", "ctco"}}};
  for (const auto& [name, prefix] : kPrefixes) {
    if (name == type) return prefix;
  }
  return "item";
}

// A string as the one part of a message that it is short for.
void write_content(Writer& out, const ItemFacts& facts) {
  if (!facts.content.starts_with('"')) return out.member_raw("content", facts.content);
  const bool said = facts.role == "assistant";
  out.array("content");
  out.begin_object();
  out.member("type", said ? "output_text" : "input_text");
  out.member_raw("text", facts.content);
  if (said) out.member_raw("annotations", "[]");
  out.end_object();
  out.end_array();
}

// The item as the API lists it: with id and type, and a status where items have one.
void write_stored_item(Writer& out, const ItemFacts& facts, std::string_view id) {
  const bool has_status = facts.type != "reasoning" && facts.type != "item_reference";
  out.begin_object();
  out.member("id", facts.id.empty() ? id : std::string_view(facts.id));
  out.member("type", facts.type);
  if (has_status || !facts.status.empty()) {
    out.member("status", facts.status.empty() ? std::string_view("completed") : facts.status);
  }
  if (!facts.others.empty()) out.raw(facts.others);
  if (!facts.content.empty()) write_content(out, facts);
  out.end_object();
}

class InputItems {
 public:
  /// REQUIRES: what add() gets reads `body`.
  InputItems(std::string_view body, std::string_view response_id) : body_(body), out_(items_) {
    own_ = response_id.starts_with("resp_") ? response_id.substr(5) : response_id;
    out_.begin_array();
  }

  bool add(Cursor& cursor) {
    if (cursor.kind() == Kind::string) {
      if (!cursor.skip()) return false;
      ItemFacts facts{.type = "message", .role = "user", .content = cursor.value_text()};
      facts.others = R"("role":"user")";
      write(facts);
      return true;
    }
    if (cursor.kind() != Kind::array) return cursor.skip();
    cursor.enter_array();
    while (cursor.next_element()) {
      ItemFacts facts;
      if (!read_facts(cursor, body_, facts)) return false;
      if (facts.type.empty()) facts.type = facts.role.empty() ? "item_reference" : "message";
      write(facts);
    }
    return cursor.ok();
  }

  std::string take() {
    out_.end_array();
    return std::move(items_);
  }

 private:
  void write(const ItemFacts& facts) {
    std::string id(prefix_of(facts.type));
    id += kMadeId;
    id += own_;
    id += "_in";
    id += std::to_string(index_++);
    write_stored_item(out_, facts, id);
  }

  std::string_view body_;
  std::string items_;
  Writer out_;
  std::string own_;
  std::size_t index_ = 0;
};

std::string id_of(std::string_view object) {
  Cursor cursor(object, Cursor::kDepthMax);
  std::string id;
  std::string_view key;
  if (cursor.kind() != Kind::object || !cursor.enter_object()) return id;
  while (cursor.next_key(key)) {
    Text text;
    if (key == "id" && cursor.maybe_string(text)) id = text.decode();
  }
  return cursor.finish() ? id : std::string();
}

// Its id and its output.
bool read_response_facts(std::string_view response, Stored& stored) {
  Cursor cursor(response, Cursor::kDepthMax);
  std::string_view key;
  if (cursor.kind() != Kind::object || !cursor.enter_object()) return false;
  while (cursor.next_key(key)) {
    Text text;
    if (key == "id" && cursor.maybe_string(text)) {
      stored.id = text.decode();
    } else if (key == "output" && cursor.kind() == Kind::array && cursor.skip()) {
      stored.output = cursor.value_text();
    }
  }
  return cursor.finish();
}

// Calls `take(item)` for each element of a JSON array of objects.
template <class Take>
bool each_item(std::string_view array, Take take) {
  Cursor cursor(array, Cursor::kDepthMax);
  if (array.empty()) return true;
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    if (!cursor.skip()) return false;
    take(cursor.value_text());
  }
  return cursor.finish();
}

// A call whose arguments the model did not finish: no provider takes it without an output.
bool is_cut_call(std::string_view item) {
  Cursor cursor(item, Cursor::kDepthMax);
  ItemFacts facts;
  if (cursor.kind() != Kind::object || !read_facts(cursor, item, facts)) return false;
  return facts.status == "incomplete" &&
         (facts.type == "function_call" || facts.type == "custom_tool_call");
}

base::Error broken() {
  return base::fail(Errc::storage_failed, "a stored response cannot be read");
}

using Items = std::vector<std::string_view>;

bool add_items(const Stored& stored, bool with_output, Items& items) {
  const auto keep = [&](std::string_view item) { items.push_back(item); };
  const auto keep_whole = [&](std::string_view item) {
    if (!is_cut_call(item)) items.push_back(item);
  };
  return each_item(stored.input_items, keep) &&
         (!with_output || each_item(stored.output, keep_whole));
}

base::Result<Items> items_of(std::span<const std::string_view> chain, bool with_last_output) {
  Items items;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const base::Result<Stored> stored = read_stored(chain[i]);
    if (!stored) return stored.error();
    const bool last = i + 1 == chain.size();
    if (!add_items(*stored, !last || with_last_output, items)) return broken();
  }
  return items;
}

std::string list_body(std::span<const std::string_view> items, bool has_more) {
  std::string body;
  Writer out(body);
  out.begin_object();
  out.member("object", "list");
  out.array("data");
  for (const std::string_view item : items) out.raw(item);
  out.end_array();
  out.member("first_id", items.empty() ? std::string() : id_of(items.front()));
  out.member("last_id", items.empty() ? std::string() : id_of(items.back()));
  out.member("has_more", has_more);
  out.end_object();
  return body;
}

}  // namespace

base::Result<std::string> stored_entry(std::string_view request_body,
                                       std::string_view response_json) {
  Stored response;
  if (!read_response_facts(response_json, response)) {
    return base::fail(Errc::upstream_malformed, "the response to be stored is no JSON object");
  }
  InputItems items(request_body, response.id);
  std::string previous = "null";
  Cursor cursor(request_body, Cursor::kDepthMax);
  std::string_view key;
  bool read = cursor.kind() == Kind::object && cursor.enter_object();
  while (read && cursor.next_key(key)) {
    if (key == "input") {
      read = items.add(cursor);
    } else if (key == "previous_response_id" && cursor.kind() == Kind::string && cursor.skip()) {
      previous = cursor.value_text();
    }
  }
  if (!read || !cursor.finish()) return cursor.error();
  std::string entry = "{\"response\":";
  entry += response_json;
  entry += ",\"input_items\":";
  entry += items.take();
  entry += ",\"previous_response_id\":" + previous;
  return entry += '}';
}

base::Result<std::string> stored_entry(const chat::Answer& answer,
                                       const chat::AnswerContext& context) {
  chat::Losses losses;
  const std::string request = encode_request(*context.request, {}, losses);
  return stored_entry(request, encode_stored_answer(answer, context));
}

base::Result<Stored> read_stored(std::string_view entry) {
  Stored stored;
  Cursor cursor(entry, Cursor::kDepthMax);
  std::string_view key;
  if (cursor.kind() != Kind::object || !cursor.enter_object()) return broken();
  while (cursor.next_key(key)) {
    const bool response = key == "response";
    const bool items = key == "input_items";
    Text previous;
    if (key == "previous_response_id" && cursor.kind() == Kind::string) {
      cursor.string(previous);
      stored.previous = previous.decode();
      continue;
    }
    if (!cursor.skip()) break;
    if (response) stored.response = cursor.value_text();
    if (items) stored.input_items = cursor.value_text();
  }
  if (!cursor.finish() || stored.response.empty() || stored.input_items.empty() ||
      !read_response_facts(stored.response, stored)) {
    return broken();
  }
  return stored;
}

base::Result<std::string> stored_items(std::span<const std::string_view> chain) {
  const base::Result<Items> items = items_of(chain, true);
  if (!items) return items.error();
  std::string array;
  Writer out(array);
  out.begin_array();
  for (const std::string_view item : *items) out.raw(item);
  out.end_array();
  return array;
}

base::Result<chat::Request> continued(chat::Request request,
                                      std::span<const std::string_view> chain,
                                      const chat::Limits& limits) {
  const base::Result<std::string> items = stored_items(chain);
  if (!items) return items.error();
  base::Result<std::vector<chat::Message>> earlier = decode_items(*items, limits);
  if (!earlier) return earlier.error();
  // What the caller sends answers calls of the answers before.
  for (chat::Message& message : request.messages) {
    for (chat::Part& part : message.parts) {
      auto* result = part.as<chat::ToolResult>();
      if (result == nullptr || !result->name.empty()) continue;
      result->name = called_name(*earlier, result->call_id);
    }
  }
  const std::ptrdiff_t own = instructions_of(request) != nullptr ? 1 : 0;
  request.messages.insert(request.messages.begin() + own, std::make_move_iterator(earlier->begin()),
                          std::make_move_iterator(earlier->end()));
  request.previous_response_id.clear();
  return request;
}

base::Result<std::string> input_items_body(std::span<const std::string_view> chain,
                                           const ListQuery& query) {
  base::Result<Items> found = items_of(chain, false);
  if (!found) return found.error();
  Items& items = *found;
  if (!query.ascending) std::reverse(items.begin(), items.end());
  std::size_t begin = 0;
  if (!query.after.empty()) {
    const auto after = std::find_if(items.begin(), items.end(), [&](std::string_view item) {
      return id_of(item) == query.after;
    });
    if (after == items.end()) {
      return base::fail(Errc::invalid_request, "No item has the id given in 'after'.", "after");
    }
    begin = static_cast<std::size_t>(after - items.begin()) + 1;
  }
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, 100);
  const std::size_t count = std::min(limit, items.size() - begin);
  return list_body(std::span(items).subspan(begin, count), begin + count < items.size());
}

std::string deleted_body(std::string_view id) {
  return "{\"id\":" + base::json_string(id) + ",\"object\":\"response\",\"deleted\":true}";
}

}  // namespace headgate::llm::responses
