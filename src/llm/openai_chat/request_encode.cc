#include "llm/openai_chat/request_encode.h"

#include <algorithm>
#include <array>

#include "llm/openai_chat/request_writer.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

using chat::Dialect;
using chat::Field;
using chat::ToolKind;
using chat::ToolMode;

namespace {

// Members that OpenAI's responses share with its chat completions.
constexpr std::array<std::string_view, 4> kShared{"verbosity", "moderation", "prompt_cache_options",
                                                  "prompt_cache_retention"};

constexpr std::string_view kStreamGroup = "stream_options.";
constexpr std::string_view kFormatGroup = "response_format.";
constexpr std::string_view kSchemaGroup = "response_format.json_schema.";

template <class List>
bool is_among(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Roughly what each amount of thinking costs.
std::string_view effort_of(std::int64_t budget_tokens) {
  if (budget_tokens <= 2048) return "low";
  return budget_tokens <= 8192 ? "medium" : "high";
}

}  // namespace

void LossBook::hint_once(std::string_view topic, std::string field, std::string_view why) {
  if (is_among(said_, topic)) return;
  said_.push_back(topic);
  hint(std::move(field), std::string(why));
}

void LossBook::extra(std::string field, const chat::Extra& extra) {
  if (chat::says_nothing(extra) || is_among(said_, extra.name)) return;
  said_.push_back(extra.name);
  add(std::move(field), "chat completions have no such member", chat::weight_of(extra));
}

void LossBook::add(std::string field, std::string why, chat::Loss::Weight weight) {
  constexpr std::size_t kLossesMax = 100;  // more tell nobody more
  if (losses_.size() == kLossesMax) return;
  losses_.push_back({std::move(field), std::move(why), weight});
}

std::string RequestWriter::run() {
  std::size_t size = 1024;
  for (const chat::Message& message : request_.messages) {
    for (const chat::Part& part : message.parts) {
      const auto* text = part.as<chat::Text>();
      size += 64 + (text == nullptr ? 256 : text->text.size());
    }
  }
  out_.reserve(size);
  json_.begin_object();
  json_.member("model", target_.model.empty() ? std::string_view(request_.model) : target_.model);
  messages();
  tools();
  tool_choice();
  format();
  reasoning_effort();
  sampling();
  stop();
  stream();
  identity();
  caching();
  extras();
  json_.end_object();
  return std::move(out_);
}

void RequestWriter::tools() {
  if (request_.tools.empty()) return;
  const std::size_t before = out_.size();
  json_.array("tools");
  const std::size_t empty = out_.size();
  for (std::size_t i = 0; i < request_.tools.size(); ++i) tool(request_.tools[i], i);
  has_tools_ = out_.size() > empty;
  json_.end_array();
  if (!has_tools_) out_.resize(before);
}

void RequestWriter::tool(const chat::Tool& tool, std::size_t index) {
  const std::string place = "tools[" + std::to_string(index) + "]";
  if (tool.kind == ToolKind::builtin) {
    if (own_) return json_.raw(tool.format);
    return lost_.meaning(place, "a tool of the type '" + tool.name + "' runs at its own provider");
  }
  const std::string_view kind = tool.kind == ToolKind::custom ? "custom" : "function";
  const std::string group = std::string(kind) + ".";
  json_.begin_object();
  json_.member("type", kind);
  json_.object(kind);
  json_.member("name", tool.name);
  if (!tool.description.empty()) json_.member("description", tool.description);
  if (!tool.schema.empty()) json_.member_raw("parameters", tool.schema);
  if (!tool.format.empty()) json_.member_raw("format", tool.format);
  if (tool.strict) json_.member("strict", *tool.strict);
  if (own_) write_extras(json_, tool.extras, group);
  json_.end_object();
  if (own_) write_ungrouped(json_, tool.extras, {group});
  if (tool.cache && own_) {  // a mark that some servers of this dialect take from Anthropic's
    json_.object("cache_control");
    json_.member("type", "ephemeral");
    if (!tool.cache->ttl.empty()) json_.member("ttl", tool.cache->ttl);
    json_.end_object();
  } else if (tool.cache) {
    lost_.hint_once("tool cache", place + ": cache mark", "tools take none in chat completions");
  }
  json_.end_object();
  if (own_) return;
  for (const chat::Extra& extra : tool.extras) lost_.extra(place + "." + extra.name, extra);
}

void RequestWriter::tool_choice() {
  if (!own_ && !has_tools_) return;  // both are refused where there are no tools
  if (request_.parallel_tool_calls) {
    json_.member("parallel_tool_calls", *request_.parallel_tool_calls);
  }
  if (!request_.tool_choice) return;
  const chat::ToolChoice& choice = *request_.tool_choice;
  switch (choice.mode) {
    case ToolMode::automatic: return json_.member("tool_choice", "auto");
    case ToolMode::none: return json_.member("tool_choice", "none");
    case ToolMode::required: return json_.member("tool_choice", "required");
    case ToolMode::named:
      json_.key("tool_choice");
      return choice_of(choice.names.empty() ? std::string_view() : choice.names[0], choice.custom);
    case ToolMode::allowed: break;
  }
  if (target_.old_words && !own_) {
    json_.member("tool_choice", choice.required ? "required" : "auto");
    return lost_.meaning(Field::tool_choice, "the server cannot be held to some of the tools");
  }
  json_.object("tool_choice");
  json_.member("type", "allowed_tools");
  json_.object("allowed_tools");
  json_.member("mode", choice.required ? "required" : "auto");
  json_.array("tools");
  for (const std::string& name : choice.names) choice_of(name, is_custom(name));
  json_.end_array();
  json_.end_object();
  json_.end_object();
}

bool RequestWriter::is_custom(std::string_view name) const {
  return std::any_of(request_.tools.begin(), request_.tools.end(), [&](const chat::Tool& tool) {
    return tool.kind == ToolKind::custom && tool.name == name;
  });
}

void RequestWriter::choice_of(std::string_view name, bool custom) {
  const std::string_view kind = custom ? "custom" : "function";
  json_.begin_object();
  json_.member("type", kind);
  json_.object(kind);
  json_.member("name", name);
  json_.end_object();
  json_.end_object();
}

void RequestWriter::format() {
  if (!request_.format) return;
  const chat::OutputFormat& format = *request_.format;
  if (format.kind == chat::FormatKind::text && !own_) return;  // is the default
  json_.object("response_format");
  if (format.kind == chat::FormatKind::text) json_.member("type", "text");
  if (format.kind == chat::FormatKind::json_object) json_.member("type", "json_object");
  if (format.kind == chat::FormatKind::json_schema) {
    json_.member("type", "json_schema");
    json_.object("json_schema");
    const bool nameless = format.name.empty() && !own_;  // a name is required
    if (nameless || !format.name.empty()) json_.member("name", nameless ? "answer" : format.name);
    if (!format.description.empty()) json_.member("description", format.description);
    if (!format.schema.empty()) json_.member_raw("schema", format.schema);
    if (format.strict) json_.member("strict", *format.strict);
    if (own_) write_extras(json_, request_.extras, kSchemaGroup);
    json_.end_object();
  }
  if (own_) write_extras(json_, request_.extras, kFormatGroup, kSchemaGroup);
  json_.end_object();
}

void RequestWriter::reasoning_effort() {
  if (!request_.reasoning) return;
  const chat::ReasoningWish& wish = *request_.reasoning;
  const bool off = wish.mode == "disabled" || wish.budget_tokens == 0;
  if (!wish.effort.empty()) {
    json_.member("reasoning_effort", wish.effort);
  } else if (off) {
    // Models that do not reason refuse the word for it.
    lost_.hint(Field::reasoning,
               "thinking is not switched off: not every model takes reasoning_effort");
  } else if (wish.budget_tokens) {
    const std::string_view effort = effort_of(*wish.budget_tokens);
    json_.member("reasoning_effort", effort);
    lost_.hint(Field::reasoning, "a budget of " + std::to_string(*wish.budget_tokens) +
                                     " tokens becomes the effort '" + std::string(effort) + "'");
  }
  if (own_) return;
  if (wish.show.value_or(false) || !wish.summary.empty()) {
    lost_.hint(Field::reasoning, "chat completions cannot be asked to show thoughts");
  }
}

void RequestWriter::number(std::string_view name, const std::string& value) {
  if (!value.empty()) json_.member_raw(name, value);
}

void RequestWriter::sampling() {
  if (request_.output_tokens_max) {
    json_.member(target_.old_words ? "max_tokens" : "max_completion_tokens",
                 *request_.output_tokens_max);
  }
  number("temperature", request_.temperature);
  number("top_p", request_.top_p);
  if (own_) {
    number("top_k", request_.top_k);
  } else if (!request_.top_k.empty()) {
    lost_.hint(Field::top_k, "chat completions have no such member");
  }
  number("presence_penalty", request_.presence_penalty);
  number("frequency_penalty", request_.frequency_penalty);
  number("seed", request_.seed);
  if (request_.candidates != 1) json_.member("n", request_.candidates);
  if (request_.logprobs) json_.member("logprobs", *request_.logprobs);
  if (request_.top_logprobs) json_.member("top_logprobs", *request_.top_logprobs);
}

void RequestWriter::stop() {
  if (request_.stop.empty()) return;
  constexpr std::size_t kStopsMax = 4;
  std::size_t count = request_.stop.size();
  if (!own_ && count > kStopsMax) {
    lost_.meaning(Field::stop, "chat completions take four stop sequences");
    count = kStopsMax;
  }
  json_.array("stop");
  for (std::size_t i = 0; i < count; ++i) json_.string(request_.stop[i]);
  json_.end_array();
}

void RequestWriter::stream() {
  if (request_.stream) json_.member("stream", true);
  const bool usage = request_.usage_in_stream || (request_.stream && target_.usage_in_stream);
  const bool more = own_ && std::any_of(request_.extras.begin(), request_.extras.end(),
                                        [](const chat::Extra& extra) {
                                          return extra.name.starts_with(kStreamGroup);
                                        });
  if (!usage && !more) return;
  json_.object("stream_options");
  if (usage) json_.member("include_usage", true);
  if (own_) write_extras(json_, request_.extras, kStreamGroup);
  json_.end_object();
}

void RequestWriter::identity() {
  constexpr std::size_t kUserBytesMax = 128;
  if (!own_ && request_.user.size() > kUserBytesMax) {
    lost_.hint("user", "an end user's id has at most 128 characters");
  } else if (!request_.user.empty()) {
    json_.member(target_.old_words ? "user" : "safety_identifier", request_.user);
  }
  const bool siblings = own_ || request_.origin == Dialect::openai_responses;
  if (!request_.metadata.empty()) {
    if (siblings) {
      json_.member_raw("metadata", request_.metadata);
    } else {
      lost_.hint(Field::metadata, "chat completions keep it only with what they store");
    }
  }
  if (own_ && request_.store) json_.member("store", *request_.store);
  if (!own_ && request_.store.value_or(false))
    lost_.hint("store", "the answer is not stored there");
  if (!request_.previous_response_id.empty()) {
    lost_.meaning("previous_response_id", "chat completions have no state");
  }
  tier();
}

void RequestWriter::tier() {
  const std::string& asked = request_.service_tier;
  if (asked.empty()) return;
  constexpr std::array<std::string_view, 6> kTiers{"auto",  "default",  "flex",
                                                   "scale", "priority", "fast"};
  if (own_ || is_among(kTiers, asked)) return json_.member("service_tier", asked);
  if (asked == "standard" || asked == "standard_only") {
    return json_.member("service_tier", "default");
  }
  lost_.hint(Field::service_tier, "'" + asked + "' is no tier of chat completions");
}

void RequestWriter::caching() {
  if (!request_.cache_key.empty() && (own_ || !target_.old_words)) {
    json_.member("prompt_cache_key", request_.cache_key);
  }
  if (!request_.cache) return;
  // Without a wish for how long, this is what OpenAI does anyway.
  const std::string_view ttl = ttl_of(*request_.cache);
  if (!own_ && (ttl.empty() || target_.old_words)) return;
  json_.object("prompt_cache_options");
  json_.member("mode", "implicit");
  if (!ttl.empty()) json_.member("ttl", ttl);
  json_.end_object();
}

void RequestWriter::extras() {
  if (own_) {
    return write_ungrouped(json_, request_.extras,
                           {kStreamGroup, request_.format ? kFormatGroup : std::string_view()});
  }
  const bool sibling = request_.origin == Dialect::openai_responses && !target_.old_words;
  for (const chat::Extra& extra : request_.extras) {
    const std::string_view name =
        extra.name == "text.verbosity" ? "verbosity" : std::string_view(extra.name);
    if (sibling && is_among(kShared, name)) {
      json_.member_raw(name, extra.json);
    } else {
      lost_.extra(extra.name, extra);
    }
  }
}

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses) {
  return RequestWriter(request, target, losses).run();
}

}  // namespace headgate::llm::openai_chat
