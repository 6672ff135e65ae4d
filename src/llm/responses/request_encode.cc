#include "llm/responses/request_encode.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/chat/loss_names.h"
#include "llm/responses_items/input_encode.h"

namespace headgate::llm::responses {
namespace {

using base::json::Writer;
using chat::Dialect;
using chat::Request;
using chat::ToolKind;
using chat::ToolMode;
using Weight = chat::Loss::Weight;

constexpr std::string_view kUnknown = "unknown to the Responses API";
constexpr std::string_view kText = "text.";
constexpr std::string_view kFormat = "text.format.";
constexpr std::string_view kReasoning = "reasoning.";
constexpr std::string_view kLogprobs = "\"message.output_text.logprobs\"";
constexpr std::string_view kEncrypted = "\"reasoning.encrypted_content\"";

bool is_own(const Request& request) { return request.origin == Dialect::openai_responses; }

// Writes the extras of a group ("text.verbosity") without its name.
void write_group(Writer& out, const Request& request, std::string_view group,
                 std::string_view but = "\n") {
  if (!is_own(request)) return;
  for (const chat::Extra& extra : request.extras) {
    const std::string_view name = extra.name;
    if (name.starts_with(group) && !name.starts_with(but)) {
      out.member_raw(name.substr(group.size()), extra.json);
    }
  }
}

bool has_group(const Request& request, std::string_view group, std::string_view but = "\n") {
  return is_own(request) &&
         std::any_of(request.extras.begin(), request.extras.end(), [&](const chat::Extra& extra) {
           const std::string_view name = extra.name;
           return name.starts_with(group) && !name.starts_with(but);
         });
}

void write_function(Writer& out, const chat::Tool& tool, bool own) {
  out.begin_object();
  out.member("type", "function");
  out.member("name", tool.name);
  if (!tool.description.empty()) out.member("description", tool.description);
  out.member_raw("parameters", tool.schema.empty() ? "null" : tool.schema);
  if (tool.strict || !own) {
    // Unsaid means strict here and not strict everywhere else.
    out.member("strict", tool.strict.value_or(false));
  } else {
    out.member_null("strict");
  }
  if (own) {
    for (const chat::Extra& extra : tool.extras) out.member_raw(extra.name, extra.json);
  }
  out.end_object();
}

void write_custom(Writer& out, const chat::Tool& tool, bool own) {
  out.begin_object();
  out.member("type", "custom");
  out.member("name", tool.name);
  if (!tool.description.empty()) out.member("description", tool.description);
  if (!tool.format.empty()) out.member_raw("format", tool.format);
  if (own) {
    for (const chat::Extra& extra : tool.extras) out.member_raw(extra.name, extra.json);
  }
  out.end_object();
}

// Chat nests what a grammar says: {"type":"grammar","grammar":{…}}; here it is flat.
bool is_nested_grammar(std::string_view format) {
  base::json::Cursor cursor(format);
  std::string_view key;
  if (cursor.kind() != base::json::Kind::object || !cursor.enter_object()) return false;
  while (cursor.next_key(key)) {
    if (key == "grammar") return true;
  }
  return false;
}

// REQUIRES: is_nested_grammar(format).
std::string flat_grammar(std::string_view format) {
  base::json::Cursor cursor(format);
  std::string_view key;
  std::string_view inner;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "grammar" && cursor.skip()) inner = cursor.value_text();
  }
  const bool filled = inner.find(':') != std::string_view::npos;
  return "{\"type\":\"grammar\"" + (filled ? ',' + std::string(inner.substr(1)) : "}");
}

// The budget of other dialects as the nearest effort.
std::string_view effort_of(const chat::ReasoningWish& wish) {
  if (!wish.effort.empty()) return wish.effort;
  if (wish.mode == "disabled") return "none";
  if (!wish.budget_tokens) return {};
  const std::int64_t budget = *wish.budget_tokens;
  if (budget == 0) return "none";
  if (budget < 0) return {};  // as much as it likes
  return budget <= 4096 ? "low" : budget <= 16'384 ? "medium" : "high";
}

bool wants_reasoning(const Request& request) {
  if (!request.reasoning) return false;
  const std::string_view effort = effort_of(*request.reasoning);
  return effort != "none" &&
         (!effort.empty() || request.reasoning->budget_tokens ||
          request.reasoning->show.value_or(false) || !request.reasoning->mode.empty());
}

bool has_own_reasoning(const Request& request) {
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) {
      const auto* thought = part.as<chat::Reasoning>();
      if (thought && !thought->signature.empty() &&
          thought->signature.origin == Dialect::openai_responses) {
        return true;
      }
    }
  }
  return false;
}

class Encoder {
 public:
  Encoder(const Request& request, const chat::Target& target, chat::Losses& losses)
      : request_(request), target_(target), losses_(losses), own_(is_own(request)), out_(body_) {}

  std::string run();

 private:
  void input();
  void tools();
  void tool_choice();
  void include();
  void sampling();
  void output_cap();
  void service_tier();
  void user();
  void state();
  void extras();
  void foreign_extra(const chat::Extra& extra);
  void report_tools();
  void report_sampling();
  void report_reasoning();
  void lose(std::string field, std::string_view why, Weight weight);
  void lose(chat::Field field, std::string_view why, Weight weight);

  const Request& request_;
  const chat::Target& target_;
  chat::Losses& losses_;
  const bool own_;
  std::string body_;
  Writer out_;
};

void Encoder::lose(std::string field, std::string_view why, Weight weight) {
  losses_.push_back({std::move(field), std::string(why), weight});
}

void Encoder::lose(chat::Field field, std::string_view why, Weight weight) {
  lose(std::string(chat::name(field, request_.origin)), why, weight);
}

void Encoder::input() {
  const std::string* instructions = instructions_of(request_);
  if (instructions != nullptr) out_.member("instructions", *instructions);
  const std::size_t first = instructions != nullptr ? 1 : 0;
  if (own_ && request_.messages.size() == first) return;  // goes on with a stored conversation
  out_.array("input");
  InputEncoder(out_, request_, losses_).write(first);
  out_.end_array();
}

void Encoder::tools() {
  if (request_.tools.empty()) return;
  out_.key("tools");
  write_tools(out_, request_);
  report_tools();
}

void Encoder::report_tools() {
  if (own_) return;
  for (std::size_t i = 0; i < request_.tools.size(); ++i) {
    const chat::Tool& tool = request_.tools[i];
    const std::string place = "tools[" + std::to_string(i) + ']';
    if (tool.kind == ToolKind::builtin) {
      lose(place, "a tool of another provider", Weight::meaning);
      continue;
    }
    if (tool.cache) lose(place + ".cache_control", "tools take no mark", Weight::hint);
    for (const chat::Extra& extra : tool.extras) {
      if (chat::says_nothing(extra)) continue;
      lose(place + '.' + extra.name, kUnknown, chat::weight_of(extra));
    }
  }
}

void Encoder::tool_choice() {
  if (!request_.tool_choice) return;
  out_.key("tool_choice");
  write_tool_choice(out_, *request_.tool_choice);
}

void Encoder::include() {
  std::string list;
  if (request_.logprobs.value_or(false)) list = kLogprobs;
  const bool encrypted = !own_ && (wants_reasoning(request_) || has_own_reasoning(request_));
  if (encrypted) {
    if (!list.empty()) list += ',';
    list += kEncrypted;
  }
  if (own_) {
    for (const chat::Extra& extra : request_.extras) {
      if (extra.name != "include" || extra.json.size() <= 2) continue;
      if (!list.empty()) list += ',';
      list.append(extra.json, 1, extra.json.size() - 2);
    }
  }
  if (!list.empty()) out_.member_raw("include", '[' + list + ']');
}

void Encoder::sampling() {
  output_cap();
  if (!request_.temperature.empty()) out_.member_raw("temperature", request_.temperature);
  if (!request_.top_p.empty()) out_.member_raw("top_p", request_.top_p);
  if (request_.top_logprobs) out_.member("top_logprobs", *request_.top_logprobs);
  report_sampling();
}

// The API refuses fewer than 16; other dialects' clients send 1 to see whether a key works.
void Encoder::output_cap() {
  constexpr std::int64_t kLeast = 16;
  if (!request_.output_tokens_max) return;
  const std::int64_t cap = *request_.output_tokens_max;
  out_.member("max_output_tokens", own_ ? cap : std::max(cap, kLeast));
  if (!own_ && cap < kLeast) {
    lose(request_.origin == Dialect::gemini ? "generationConfig.maxOutputTokens" : "max_tokens",
         "16 is the least", Weight::hint);
  }
}

void Encoder::report_sampling() {
  using chat::Field;
  constexpr std::string_view kNone = "the Responses API has none";
  if (!request_.stop.empty()) lose(Field::stop, kNone, Weight::meaning);
  if (!request_.top_k.empty()) lose(Field::top_k, kNone, Weight::meaning);
  if (!request_.presence_penalty.empty()) lose(Field::presence_penalty, kNone, Weight::meaning);
  if (!request_.frequency_penalty.empty()) lose(Field::frequency_penalty, kNone, Weight::meaning);
  if (!request_.seed.empty()) lose(Field::seed, kNone, Weight::hint);
  if (request_.candidates > 1) lose(Field::candidates, "it answers once", Weight::meaning);
}

void Encoder::report_reasoning() {
  if (!request_.reasoning) return;
  const chat::ReasoningWish& wish = *request_.reasoning;
  if (wish.budget_tokens && *wish.budget_tokens > 0) {
    lose(chat::Field::reasoning, "an effort stands for its budget", Weight::hint);
  }
}

void Encoder::service_tier() {
  constexpr std::array<std::string_view, 7> kTiers{"auto",     "default", "flex",     "scale",
                                                   "priority", "fast",    "ultrafast"};
  std::string_view tier = request_.service_tier;
  if (tier.empty()) return;
  if (!own_ && (tier == "standard" || tier == "standard_only")) tier = "default";
  if (own_ || std::find(kTiers.begin(), kTiers.end(), tier) != kTiers.end()) {
    return out_.member("service_tier", tier);
  }
  lose(chat::Field::service_tier, "no such tier", Weight::hint);
}

void Encoder::user() {
  constexpr std::size_t kBytesMax = 128;
  if (request_.user.empty()) return;
  if (own_ || request_.user.size() <= kBytesMax) {
    return out_.member("safety_identifier", request_.user);
  }
  lose(request_.origin == Dialect::anthropic ? "metadata.user_id" : "user", "longer than 128 bytes",
       Weight::hint);
}

void Encoder::state() {
  if (own_ || request_.origin == Dialect::openai_chat) {
    if (!request_.metadata.empty()) out_.member_raw("metadata", request_.metadata);
  } else if (!request_.metadata.empty()) {
    lose(chat::Field::metadata, "of another shape", Weight::hint);
  }
  if (request_.store || !own_) out_.member("store", request_.store.value_or(false));
  if (!request_.previous_response_id.empty()) {
    out_.member("previous_response_id", request_.previous_response_id);
  }
  if (!request_.cache_key.empty()) out_.member("prompt_cache_key", request_.cache_key);
  service_tier();
  user();
  if (request_.cache && !request_.cache->ttl.empty()) {
    lose("cache_control.ttl", "prompts are cached unasked", Weight::hint);
  }
  if (request_.stream) out_.member("stream", true);
}

void Encoder::extras() {
  for (const chat::Extra& extra : request_.extras) {
    if (!own_) {
      foreign_extra(extra);
      continue;
    }
    const std::string_view name = extra.name;
    const bool written = name == "include" || name.starts_with(kText) ||
                         (name.starts_with(kReasoning) && request_.reasoning);
    if (!written) out_.member_raw(name, extra.json);
  }
}

// OpenAI's chat has members under the same name and with the same meaning.
void Encoder::foreign_extra(const chat::Extra& extra) {
  constexpr std::array<std::string_view, 3> kShared{"prompt_cache_options",
                                                    "prompt_cache_retention", "moderation"};
  if (request_.origin == Dialect::openai_chat) {
    if (std::find(kShared.begin(), kShared.end(), extra.name) != kShared.end()) {
      return out_.member_raw(extra.name, extra.json);
    }
    if (extra.name == "verbosity") return;  // text.verbosity
  }
  if (!chat::says_nothing(extra)) lose(extra.name, kUnknown, chat::weight_of(extra));
}

std::string Encoder::run() {
  out_.begin_object();
  out_.member("model", target_.model.empty() ? std::string_view(request_.model) : target_.model);
  input();
  tools();
  tool_choice();
  if (request_.parallel_tool_calls) {
    out_.member("parallel_tool_calls", *request_.parallel_tool_calls);
  }
  write_text_config(out_, request_);
  write_reasoning_wish(out_, request_);
  report_reasoning();
  include();
  sampling();
  state();
  extras();
  out_.end_object();
  return std::move(body_);
}

const chat::Extra* chat_verbosity(const Request& request) {
  if (request.origin != Dialect::openai_chat) return nullptr;
  const auto found = std::find_if(request.extras.begin(), request.extras.end(),
                                  [](const auto& extra) { return extra.name == "verbosity"; });
  return found == request.extras.end() ? nullptr : &*found;
}

void write_format(Writer& out, const Request& request) {
  const chat::OutputFormat& format = *request.format;
  out.object("format");
  switch (format.kind) {
    case chat::FormatKind::text: out.member("type", "text"); break;
    case chat::FormatKind::json_object: out.member("type", "json_object"); break;
    case chat::FormatKind::json_schema: out.member("type", "json_schema"); break;
  }
  if (format.kind == chat::FormatKind::json_schema || !format.name.empty()) {
    out.member("name", format.name.empty() && !is_own(request) ? "answer" : format.name);
  }
  if (!format.description.empty()) out.member("description", format.description);
  if (!format.schema.empty()) out.member_raw("schema", format.schema);
  if (format.strict) out.member("strict", *format.strict);
  write_group(out, request, kFormat);
  out.end_object();
}

}  // namespace

void write_tools(Writer& out, const Request& request) {
  const bool own = is_own(request);
  out.begin_array();
  for (const chat::Tool& tool : request.tools) {
    switch (tool.kind) {
      case ToolKind::function: write_function(out, tool, own); break;
      case ToolKind::custom: {
        if (own || !is_nested_grammar(tool.format)) {
          write_custom(out, tool, own);
          break;
        }
        chat::Tool flat = tool;
        flat.format = flat_grammar(tool.format);
        write_custom(out, flat, own);
        break;
      }
      case ToolKind::builtin:
        if (own) out.raw(tool.format);
        break;
    }
  }
  out.end_array();
}

void write_tool_choice(Writer& out, const chat::ToolChoice& choice) {
  switch (choice.mode) {
    case ToolMode::automatic: return out.string("auto");
    case ToolMode::none: return out.string("none");
    case ToolMode::required: return out.string("required");
    case ToolMode::named:
      out.begin_object();
      out.member("type", choice.custom ? "custom" : "function");
      out.member("name", choice.names.empty() ? std::string_view() : choice.names.front());
      return out.end_object();
    case ToolMode::allowed: break;
  }
  out.begin_object();
  out.member("type", "allowed_tools");
  out.member("mode", choice.required ? "required" : "auto");
  out.array("tools");
  for (const std::string& name : choice.names) {
    out.begin_object();
    out.member("type", "function");
    out.member("name", name);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_text_config(Writer& out, const Request& request) {
  const chat::Extra* verbosity = chat_verbosity(request);
  if (!request.format && verbosity == nullptr && !has_group(request, kText)) return;
  out.object("text");
  if (request.format) write_format(out, request);
  write_group(out, request, kText, request.format ? kFormat : std::string_view("\n"));
  if (verbosity != nullptr) out.member_raw("verbosity", verbosity->json);
  out.end_object();
}

void write_reasoning_wish(Writer& out, const Request& request) {
  if (!request.reasoning) return;
  const chat::ReasoningWish& wish = *request.reasoning;
  const std::string_view effort = effort_of(wish);
  // Anthropic's models show what they think unless told not to, if they are given a budget.
  const bool show = wish.show.value_or(wish.mode == "enabled");
  const bool says = !effort.empty() || show || !wish.summary.empty();
  if (!says && !is_own(request)) return;
  out.object("reasoning");
  if (!effort.empty()) out.member("effort", effort);
  if (!wish.summary.empty()) {
    out.member("summary", wish.summary);
  } else if (show) {
    out.member("summary", "auto");
  }
  write_group(out, request, kReasoning);
  out.end_object();
}

const std::string* instructions_of(const Request& request) {
  if (request.messages.empty()) return nullptr;
  // There has to be an input.
  if (request.messages.size() == 1 && request.previous_response_id.empty()) return nullptr;
  const chat::Message& first = request.messages.front();
  if (first.role != chat::Role::system || first.parts.size() != 1 || !first.extras.empty() ||
      !first.name.empty()) {
    return nullptr;
  }
  const chat::Part& part = first.parts.front();
  const auto* text = part.as<chat::Text>();
  const bool plain = text != nullptr && !text->text.empty() && text->annotations.empty() &&
                     !part.cache && part.extras.empty() && part.item_id.empty();
  return plain ? &text->text : nullptr;
}

std::string encode_request(const Request& request, const chat::Target& target,
                           chat::Losses& losses) {
  return Encoder(request, target, losses).run();
}

}  // namespace headgate::llm::responses
