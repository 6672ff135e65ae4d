#include "llm/responses/response_object.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "llm/responses/errors.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/usage.h"
#include "llm/responses_items/item_decode.h"

namespace headgate::llm::responses {
namespace {

using base::json::Kind;
using base::json::Writer;
using chat::Extra;
using chat::Request;
using chat::StopReason;

// What an answer repeats of its request, and what follows from the rest of it.
constexpr std::array<std::string_view, 24> kRepeated{"background",
                                                     "conversation",
                                                     "frequency_penalty",
                                                     "instructions",
                                                     "max_output_tokens",
                                                     "max_tool_calls",
                                                     "metadata",
                                                     "object",
                                                     "output_text",
                                                     "parallel_tool_calls",
                                                     "presence_penalty",
                                                     "previous_response_id",
                                                     "prompt_cache_key",
                                                     "prompt_cache_retention",
                                                     "reasoning",
                                                     "safety_identifier",
                                                     "store",
                                                     "temperature",
                                                     "text",
                                                     "tool_choice",
                                                     "tools",
                                                     "top_logprobs",
                                                     "top_p",
                                                     "truncation"};

bool is_repeated(std::string_view key) {
  return key == "user" || std::binary_search(kRepeated.begin(), kRepeated.end(), key);
}

// Seconds; some servers write them with a fraction.
bool read_time(Reading& reading, std::int64_t& seconds) {
  if (!reading.cursor.skip()) return false;
  const std::string_view text = reading.cursor.value_text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && value > 0) seconds = value;
  return true;
}

bool read_details(Reading& reading, std::string& reason) {
  if (reading.cursor.kind() != Kind::object) return reading.cursor.skip();
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    base::json::Text text;
    if (key == "reason" && reading.cursor.maybe_string(text)) reason = text.decode();
  }
  return reading.cursor.ok();
}

bool read_output(Reading& reading, chat::Candidate& candidate) {
  reading.at.root = "output";
  reading.logprobs = &candidate.logprobs;
  if (reading.enter_array("")) {
    while (reading.cursor.next_element()) {
      ++reading.at.item;
      Item item;
      if (!decode_item(reading, item)) return false;
      if (candidate.parts.size() + item.parts.size() > reading.limits.parts_max) {
        return reading.reject("", "too many parts");
      }
      std::move(item.parts.begin(), item.parts.end(), std::back_inserter(candidate.parts));
    }
  }
  if (reading.ok()) reading.at = {};
  return reading.ok();
}

// Reads one Response object.
class Object {
 public:
  Object(Reading& reading, bool whole, chat::Answer& answer, Verdict& verdict)
      : reading_(reading), whole_(whole), answer_(answer), verdict_(verdict) {}

  bool read();

 private:
  bool member(std::string_view key);
  bool rest(std::string_view key);
  bool output();
  bool tool_usage();

  Reading& reading_;
  const bool whole_;
  chat::Answer& answer_;
  Verdict& verdict_;
  std::string tier_;
  ToolUsage tools_;
};

bool Object::read() {
  if (!reading_.enter_object("")) return false;
  std::string_view key;
  while (reading_.cursor.next_key(key)) {
    if (!member(key)) return false;
  }
  if (answer_.usage) {
    answer_.usage->tier = tier_named(tier_);
    answer_.usage->web_searches = tools_.web_searches;
    answer_.usage->incomplete = tools_.image_tokens != 0;
  }
  return reading_.ok();
}

bool Object::member(std::string_view key) {
  if (key == "id") return reading_.string("id", answer_.id);
  if (key == "model") return reading_.string("model", answer_.model);
  if (key == "created_at") return read_time(reading_, answer_.created_s);
  if (key == "status") return reading_.string("status", verdict_.status);
  if (key == "output") return output();
  if (key == "usage") return read_usage(reading_.cursor, answer_.usage);
  if (key == "service_tier") return reading_.string("service_tier", tier_);
  if (key == "incomplete_details") return read_details(reading_, verdict_.incomplete_reason);
  if (key == "tool_usage") return tool_usage();
  if (key == "error" && reading_.cursor.kind() != Kind::null) {
    return read_error(reading_.cursor, verdict_.error.emplace());
  }
  return rest(key);
}

bool Object::rest(std::string_view key) {
  const bool kept =
      whole_ && key != "error" && !is_repeated(key) && reading_.cursor.kind() != Kind::null;
  return kept ? reading_.extra(key, answer_.extras) : reading_.cursor.skip();
}

bool Object::output() {
  verdict_.has_output = reading_.cursor.kind() == Kind::array;
  if (!whole_) return reading_.cursor.skip();
  answer_.candidates.resize(1);
  return read_output(reading_, answer_.candidates.front());
}

bool Object::tool_usage() {
  base::json::Cursor look = reading_.cursor;
  if (!read_tool_usage(look, tools_)) return reading_.cursor.skip();
  return rest("tool_usage");
}

// "resp_abc" from whatever the provider calls it.
std::string response_id(std::string_view id, std::string_view model, std::int64_t created_s) {
  if (id.starts_with("resp_")) return std::string(id);
  const std::string known =
      id.empty() ? std::string(model) + '_' + std::to_string(created_s) : std::string(id);
  std::string out = "resp_";
  for (const char c : std::string_view(known).substr(0, 64)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += plain || c == '-' ? c : '_';
  }
  return out;
}

// "{…}" as the members inside it.
std::string members(std::string object) { return object.substr(1, object.size() - 2); }

const Extra* find_extra(const Request& request, std::string_view name) {
  const auto found = std::find_if(request.extras.begin(), request.extras.end(),
                                  [&](const Extra& extra) { return extra.name == name; });
  return found == request.extras.end() ? nullptr : &*found;
}

void write_extra(Writer& out, const Request& request, std::string_view name,
                 std::string_view otherwise) {
  const Extra* extra = find_extra(request, name);
  out.member_raw(name, extra == nullptr ? otherwise : std::string_view(extra->json));
}

void write_text_or_null(Writer& out, std::string_view name, std::string_view text) {
  text.empty() ? out.member_null(name) : out.member(name, text);
}

void write_raw_or_null(Writer& out, std::string_view name, std::string_view json) {
  out.member_raw(name, json.empty() ? "null" : json);
}

// conversation: an id or {"id":…} in a request, {"id":…} in an answer.
void write_conversation(Writer& out, const Request& request) {
  const Extra* extra = find_extra(request, "conversation");
  if (extra == nullptr || !extra->json.starts_with('"')) {
    return write_extra(out, request, "conversation", "null");
  }
  out.member_raw("conversation", "{\"id\":" + extra->json + '}');
}

void write_before(Writer& out, const Request& request) {
  write_extra(out, request, "background", "false");
  write_conversation(out, request);
  const std::string* instructions = instructions_of(request);
  write_text_or_null(out, "instructions",
                     instructions == nullptr ? std::string_view() : *instructions);
  if (request.output_tokens_max) {
    out.member("max_output_tokens", *request.output_tokens_max);
  } else {
    out.member_null("max_output_tokens");
  }
  write_extra(out, request, "max_tool_calls", "null");
}

void write_reasoning(Writer& out, const Request& request) {
  const chat::ReasoningWish wish = request.reasoning.value_or(chat::ReasoningWish{});
  out.object("reasoning");
  write_text_or_null(out, "effort", wish.effort);
  write_text_or_null(out, "summary", wish.summary);
  const Extra* context = find_extra(request, "reasoning.context");
  if (context != nullptr) out.member_raw("context", context->json);
  out.end_object();
}

void write_tool_choice_of(Writer& out, const Request& request) {
  if (!request.tool_choice) return write_extra(out, request, "tool_choice", "\"auto\"");
  out.key("tool_choice");
  write_tool_choice(out, *request.tool_choice);
}

void write_text(Writer& out, const Request& request) {
  Request shown;  // only what the text configuration reads
  shown.origin = request.origin;
  shown.extras = request.extras;
  shown.format = request.format ? request.format : chat::OutputFormat{};
  write_text_config(out, shown);
}

void write_behind(Writer& out, const Request& request) {
  out.member("parallel_tool_calls", request.parallel_tool_calls.value_or(true));
  write_text_or_null(out, "previous_response_id", request.previous_response_id);
  write_text_or_null(out, "prompt_cache_key", request.cache_key);
  write_reasoning(out, request);
  write_text_or_null(out, "safety_identifier", request.user);
  out.member("store", request.store.value_or(true));
  write_raw_or_null(out, "temperature", request.temperature);
  write_text(out, request);
  write_tool_choice_of(out, request);
  out.key("tools");
  write_tools(out, request);
  out.member("top_logprobs", request.top_logprobs.value_or(0));
  write_raw_or_null(out, "top_p", request.top_p);
  write_extra(out, request, "truncation", "\"disabled\"");
  out.member_raw("metadata", request.metadata.empty() ? "{}" : request.metadata);
}

}  // namespace

bool read_response(Reading& reading, bool whole, chat::Answer& answer, Verdict& verdict) {
  return Object(reading, whole, answer, verdict).read();
}

StopReason stop_of(const Verdict& verdict, bool has_call, bool has_refusal) {
  const std::string& reason = verdict.incomplete_reason;
  if (reason == "max_output_tokens") return StopReason::length;
  if (reason == "content_filter") return StopReason::content_filter;
  if (reason == "max_messages" || reason == "steered") return StopReason::pause;
  if (!reason.empty() || verdict.status == "incomplete") return StopReason::other;
  if (has_call) return StopReason::tool_calls;
  return has_refusal ? StopReason::refusal : StopReason::stop;
}

std::string native_of(const Verdict& verdict) {
  if (!verdict.incomplete_reason.empty()) return verdict.incomplete_reason;
  return verdict.status.empty() ? "completed" : verdict.status;
}

Outcome outcome_of(StopReason stop, std::string_view native) {
  static const chat::ProviderError malformed{
      "the model wrote a call or an answer that cannot be read",
      "server_error",
      "server_error",
      {}};
  switch (stop) {
    case StopReason::stop:
    case StopReason::tool_calls:
    case StopReason::stop_sequence:
    case StopReason::refusal: return {.status = "completed"};
    case StopReason::length:
    case StopReason::context: return {.status = "incomplete", .reason = "max_output_tokens"};
    case StopReason::content_filter: return {.status = "incomplete", .reason = "content_filter"};
    case StopReason::malformed: return {.status = "failed", .error = &malformed};
    case StopReason::pause:
    case StopReason::none:
    case StopReason::other: break;
  }
  return {.status = "incomplete", .reason = native == "steered" ? "steered" : "max_messages"};
}

ResponseObject::ResponseObject(const chat::AnswerContext& context)
    : id_(context.id), created_s_(context.created_s) {
  static const Request nothing;
  const Request& request = context.request != nullptr ? *context.request : nothing;
  model_ = request.model;
  tier_ = request.service_tier.empty() ? "auto" : request.service_tier;
  Writer before(before_);
  before.begin_object();
  write_before(before, request);
  before.end_object();
  before_ = members(std::move(before_));
  Writer behind(behind_);
  behind.begin_object();
  write_behind(behind, request);
  behind.end_object();
  behind_ = members(std::move(behind_));
  const Extra* include = find_extra(request, "include");
  asks_for_signatures_ = include != nullptr &&
                         include->json.find("\"reasoning.encrypted_content\"") != std::string::npos;
}

void ResponseObject::begin(std::string_view id, std::string_view model, std::int64_t created_s) {
  if (!model.empty()) model_ = model;
  if (created_s > 0) created_s_ = created_s;
  if (id_.empty()) id_ = response_id(id, model_, created_s_);
}

std::string ResponseObject::item_id(const chat::Part& part, std::size_t index) {
  const auto* thought = part.as<chat::Reasoning>();
  std::string id = thought != nullptr ? thought->id : part.item_id;
  const auto is_taken = [this](const std::string& one) {
    return std::find(taken_.begin(), taken_.end(), one) != taken_.end();
  };
  if (id.empty() || is_taken(id)) {
    const std::string_view whole = id_;
    id = id_prefix(part);
    id += kMadeId;
    id += whole.starts_with("resp_") ? whole.substr(5) : whole;
    id += '_';
    id += std::to_string(index);
    while (is_taken(id)) id += '_';
  }
  taken_.push_back(id);
  return id;
}

void ResponseObject::write_error(Writer& out, const chat::ProviderError* error) {
  if (error == nullptr) return out.member_null("error");
  out.object("error");
  out.member("code", failed_code(*error));
  out.member("message", error->message);
  out.member("type", error->type.empty() ? std::string_view("server_error") : error->type);
  write_text_or_null(out, "param", error->param);
  out.end_object();
}

// What the provider says beside: its own members, or what follows from the usage.
void ResponseObject::write_rest(Writer& out, const Outcome& outcome) {
  bool programs = false;
  bool tool_usage = false;
  if (outcome.extras != nullptr) {
    for (const Extra& extra : *outcome.extras) {
      out.member_raw(extra.name, extra.json);
      programs = programs || extra.name == "access_programs";
      tool_usage = tool_usage || extra.name == "tool_usage";
    }
  }
  if (!programs) out.member_null("access_programs");
  if (tool_usage || outcome.usage == nullptr || outcome.usage->web_searches == 0) return;
  out.object("tool_usage");
  out.member_raw("image_gen",
                 R"({"input_tokens":0,"input_tokens_details":{"image_tokens":0,"text_tokens":0},)"
                 R"("output_tokens":0,"total_tokens":0})");
  out.object("web_search");
  out.member("num_requests", outcome.usage->web_searches);
  out.end_object();
  out.end_object();
}

void ResponseObject::write(Writer& out, const Outcome& outcome, std::string_view items) const {
  out.begin_object();
  out.member("id", id_);
  out.member("object", "response");
  out.member("created_at", created_s_);
  out.member("status", outcome.status);
  write_error(out, outcome.error);
  if (outcome.reason.empty()) {
    out.member_null("incomplete_details");
  } else {
    out.object("incomplete_details");
    out.member("reason", outcome.reason);
    out.end_object();
  }
  out.raw(before_);
  out.member("model", model_);
  out.array("output");
  if (!items.empty()) out.raw(items);
  out.end_array();
  out.raw(behind_);
  out.member("service_tier",
             outcome.usage == nullptr ? std::string_view(tier_) : tier_name(outcome.usage->tier));
  out.key("usage");
  outcome.usage == nullptr ? out.null() : write_usage(out, *outcome.usage);
  write_rest(out, outcome);
  out.end_object();
}

}  // namespace headgate::llm::responses
