#include "llm/openai/moderations.h"

#include "base/text/strings.h"
#include "llm/openai/chat_response.h"
#include "llm/openai/request_errors.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

// Reads "model", which must be a string or null. The mistake, if there is one.
std::optional<base::Error> read_model(Cursor& cursor, const chat::Limits& limits,
                                      chat::Head& head) {
  const Kind kind = cursor.kind();
  if (kind != Kind::string) {
    if (kind != Kind::null && kind != Kind::none) return wrong_type("model", "a string", kind);
    if (cursor.skip()) head.model_value = cursor.value_range();
    return std::nullopt;
  }
  Text value;
  if (!cursor.string(value)) return std::nullopt;
  head.model_value = cursor.value_range();
  if (append(head.model, value, limits.model_bytes_max)) return std::nullopt;
  return invalid("model", "longer than " + std::to_string(limits.model_bytes_max) + " bytes.");
}

std::optional<base::Error> read_input(Cursor& cursor, std::string_view body,
                                      const chat::Limits& limits, chat::Head& head) {
  const Kind kind = cursor.kind();
  const std::size_t begin = cursor.offset();
  if (kind == Kind::string) {
    cursor.skip();
    head.messages_count = 1;
  } else if (kind == Kind::array) {
    cursor.enter_array();
    while (cursor.next_element()) ++head.messages_count;
  } else if (kind == Kind::none || !cursor.ok()) {
    cursor.skip();
  } else {
    return wrong_type("input", "a string or an array", kind);
  }
  if (!cursor.ok()) return std::nullopt;
  head.prompt = body.substr(begin, cursor.value_range().end - begin);
  if (head.messages_count <= limits.messages_max) return std::nullopt;
  return invalid("input", "more than " + std::to_string(limits.messages_max) + " inputs.");
}

bool read_results(Cursor& cursor, ModerationFacts& facts) {
  if (!cursor.enter_array()) return false;
  while (cursor.next_element()) {
    ++facts.results;
    if (!cursor.enter_object()) return false;
    std::string_view key;
    while (cursor.next_key(key)) {
      bool flagged = false;
      if (key == "flagged" && cursor.kind() == Kind::boolean) cursor.boolean(flagged);
      if (flagged) ++facts.flagged;
    }
  }
  return cursor.ok();
}

}  // namespace

base::Result<chat::Head> scan_moderation_request(std::string_view body,
                                                 const chat::Limits& limits) {
  Cursor cursor(body, limits.depth_max);
  const Kind kind = cursor.kind();
  if (kind != Kind::object && kind != Kind::none) {
    return base::fail(Errc::invalid_request,
                      "Invalid type for the request body: expected an object, but got " +
                          std::string(name(kind)) + " instead.");
  }
  chat::Head head;
  bool has_model = false;
  bool has_input = false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const bool model = key == "model";
    if (!model && key != "input") continue;
    bool& seen = model ? has_model : has_input;
    if (seen) return duplicate(key);
    seen = true;
    auto mistake =
        model ? read_model(cursor, limits, head) : read_input(cursor, body, limits, head);
    if (mistake) return *std::move(mistake);
    if (!cursor.ok()) break;
  }
  head.end = cursor.value_range().begin;
  if (!cursor.finish()) return not_json(cursor);
  if (!has_input) return missing("input");
  return head;
}

std::optional<std::string> edit_moderation_request(std::string_view body, const chat::Head& head,
                                                   std::string_view model) {
  if (model == head.model) return std::nullopt;
  std::string out(body);
  if (head.model_value.empty()) {
    out.insert(head.end, ",\"model\":" + base::json_string(model));
  } else {
    out.replace(head.model_value.begin, head.model_value.size(), base::json_string(model));
  }
  return out;
}

base::Result<ModerationFacts> scan_moderation_answer(std::string_view body, std::size_t depth_max) {
  Cursor cursor(body, depth_max);
  ModerationFacts facts;
  bool has_results = false;
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    Text text;
    if (key == "results") {
      has_results = true;
      read_results(cursor, facts);
    } else if (key == "id" && cursor.maybe_string(text)) {
      facts.id = text.decode();
    } else if (key == "model" && cursor.maybe_string(text)) {
      facts.model = text.decode();
    } else if (key == "error") {
      read_error(cursor, facts.error);
    }
  }
  if (!cursor.finish()) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail.insert(0, "the provider's answer is no moderation: ");
    return error;
  }
  if (!has_results && !facts.error) {
    return base::fail(Errc::upstream_malformed,
                      "the provider's answer has neither 'results' nor 'error'");
  }
  return facts;
}

}  // namespace headgate::llm::openai
