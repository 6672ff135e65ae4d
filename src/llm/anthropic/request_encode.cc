#include "llm/anthropic/request_encode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "llm/anthropic/blocks.h"
#include "llm/anthropic/turns.h"

namespace headgate::llm::anthropic {
namespace {

using base::json::Cursor;
using base::json::Kind;
using chat::Field;
using chat::ToolKind;
using chat::ToolMode;

// Thinking takes at least this much, and less than max_tokens.
constexpr std::int64_t kBudgetMin = 1024;

constexpr std::string_view kJsonOnly =
    "Answer with a single JSON object and nothing else: no text around it, no Markdown fence.";

std::optional<double> number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || last != end) return std::nullopt;
  return value;
}

// How the model shall think, decided before anything is written.
struct Plan {
  std::string_view mode;  // of "thinking"; empty: it is not sent
  std::optional<std::int64_t> budget;
  std::optional<bool> show;
  std::string_view effort;

  bool thinks() const { return !mode.empty() && mode != "disabled"; }
};

class Encoder {
 public:
  Encoder(const chat::Request& request, const chat::Target& target, chat::Losses& losses,
          std::string& out)
      : request_(request), target_(target), out_(out), e_(request, target, losses, out_) {
    max_tokens_ = request.output_tokens_max.value_or(target.output_tokens_default);
  }

  void run(bool counting);

 private:
  void lose(Field field, std::string why, Weight weight = Weight::meaning) {
    e_.lose(std::string(name(field, request_.origin)), std::move(why), weight);
  }

  Plan plan();
  Plan plan_of_others(const chat::ReasoningWish& wish);
  void plan_budget(std::int64_t budget, Plan& plan);
  bool turn_lacks_thoughts() const;
  bool forces_tools() const;
  void write_thinking(const Plan& plan);
  void write_output_config(const Plan& plan);
  void write_sampling(const Plan& plan);
  void write_temperature();
  void write_stop();
  void write_tools();
  void write_tool(const chat::Tool& tool, std::size_t index);
  void write_schema(std::string_view schema);
  bool is_allowed(const chat::Tool& tool) const;
  bool is_sent(const chat::Tool& tool) const;
  void write_tool_choice();
  void write_choice_type(const chat::ToolChoice& choice);
  bool has_nested(std::string_view prefix) const;
  void write_nested(std::string_view prefix);
  void write_metadata();
  void write_tier();
  void write_extras(bool counting);
  void say_losses();
  void say_tool_losses();

  const chat::Request& request_;
  const chat::Target& target_;
  base::json::Writer out_;
  Encoding e_;
  std::int64_t max_tokens_ = 0;
};

bool Encoder::forces_tools() const {
  if (!request_.tool_choice) return false;
  const chat::ToolChoice& choice = *request_.tool_choice;
  return choice.mode == ToolMode::required || choice.mode == ToolMode::named ||
         (choice.mode == ToolMode::allowed && choice.required);
}

// With a thinking budget the model's last turn, when it called tools, has to begin with its signed
// thoughts; other dialects do not bring them.
bool Encoder::turn_lacks_thoughts() const {
  const auto& messages = request_.messages;
  const auto last = std::find_if(
      messages.rbegin(), messages.rend(),
      [](const chat::Message& message) { return message.role == chat::Role::assistant; });
  if (last == messages.rend() || last->parts.empty()) return false;
  const bool calls = std::any_of(last->parts.begin(), last->parts.end(), [](const auto& part) {
    return part.template as<chat::ToolCall>() != nullptr;
  });
  const auto* thoughts = last->parts.front().as<chat::Reasoning>();
  const bool is_signed = thoughts != nullptr && !thoughts->signature.empty() &&
                         thoughts->signature.origin == chat::Dialect::anthropic;
  return calls && !is_signed;
}

void Encoder::plan_budget(std::int64_t budget, Plan& plan) {
  if (max_tokens_ <= kBudgetMin) {
    lose(Field::reasoning, "thinking takes at least 1024 tokens, less than the answer's limit");
    return;
  }
  if (turn_lacks_thoughts()) {
    lose(Field::reasoning,
         "the tool calls before it came without thoughts that Anthropic has signed");
    return;
  }
  plan.mode = "enabled";
  plan.budget = std::clamp(budget, kBudgetMin, max_tokens_ - 1);
  if (plan.budget != budget) {
    lose(Field::reasoning, "the thinking budget became " + std::to_string(*plan.budget) + " tokens",
         Weight::hint);
  }
}

Plan Encoder::plan_of_others(const chat::ReasoningWish& wish) {
  Plan plan;
  constexpr std::array<std::string_view, 5> kEfforts = {"low", "medium", "high", "xhigh", "max"};
  if (wish.effort == "none" || wish.budget_tokens == 0) {
    plan.mode = "disabled";
    return plan;
  }
  if (std::find(kEfforts.begin(), kEfforts.end(), wish.effort) != kEfforts.end()) {
    plan.effort = wish.effort;
  } else if (wish.effort == "minimal") {
    plan.effort = "low";
    lose(Field::reasoning, "the least effort that Anthropic knows is low", Weight::hint);
  } else if (!wish.effort.empty()) {
    lose(Field::reasoning, "Anthropic knows no effort '" + wish.effort + "'");
  }
  if (forces_tools()) {
    lose(Field::reasoning, "Anthropic does not think when a tool must be called", Weight::hint);
    return plan;
  }
  if (wish.budget_tokens && *wish.budget_tokens > 0) {
    plan_budget(*wish.budget_tokens, plan);
  } else if (!plan.effort.empty() || wish.budget_tokens || wish.show.value_or(false)) {
    plan.mode = "adaptive";
  }
  if (plan.thinks()) plan.show = wish.show;
  return plan;
}

Plan Encoder::plan() {
  if (!request_.reasoning) return {};
  const chat::ReasoningWish& wish = *request_.reasoning;
  if (wish.mode.empty() && !e_.own) return plan_of_others(wish);
  return {wish.mode, wish.budget_tokens, wish.show, wish.effort};
}

bool Encoder::has_nested(std::string_view prefix) const {
  const auto is_inside = [&](const chat::Extra& extra) { return extra.name.starts_with(prefix); };
  return e_.own && std::any_of(request_.extras.begin(), request_.extras.end(), is_inside);
}

void Encoder::write_nested(std::string_view prefix) {
  if (!e_.own) return;
  for (const chat::Extra& extra : request_.extras) {
    if (!extra.name.starts_with(prefix)) continue;
    const std::string_view name = std::string_view(extra.name).substr(prefix.size());
    if (prefix != "output_config." || !name.starts_with("format."))
      out_.member_raw(name, extra.json);
  }
}

void Encoder::write_thinking(const Plan& plan) {
  if (plan.mode.empty()) return;
  out_.object("thinking");
  out_.member("type", plan.mode);
  if (plan.budget) out_.member("budget_tokens", *plan.budget);
  if (plan.show) {
    out_.member("display",
                *plan.show ? std::string_view("summarized") : std::string_view("omitted"));
  }
  write_nested("thinking.");
  out_.end_object();
}

void Encoder::write_output_config(const Plan& plan) {
  const bool has_schema = request_.format && request_.format->kind == chat::FormatKind::json_schema;
  const bool has_extras = has_nested("output_config.");
  if (plan.effort.empty() && !has_schema && !has_extras) return;
  out_.object("output_config");
  if (!plan.effort.empty()) out_.member("effort", plan.effort);
  if (has_schema) {
    out_.object("format");
    out_.member("type", "json_schema");
    out_.member_raw("schema", request_.format->schema.empty()
                                  ? std::string_view("{}")
                                  : std::string_view(request_.format->schema));
    write_nested("output_config.format.");
    out_.end_object();
  }
  write_nested("output_config.");
  out_.end_object();
}

// The API takes 0 to 1, OpenAI and Gemini 0 to 2.
void Encoder::write_temperature() {
  if (number(request_.temperature).value_or(0) > 1 && !e_.own) {
    lose(Field::temperature, "Anthropic's temperature goes up to 1");
    out_.member_raw("temperature", "1");
  } else {
    out_.member_raw("temperature", request_.temperature);
  }
}

void Encoder::write_sampling(const Plan& plan) {
  const bool thinks = plan.thinks() && !e_.own;
  const std::string_view why = e_.is_2026 ? "this API version has no sampling parameters"
                                          : "sampling cannot be changed when the model thinks";
  const bool fixed = e_.is_2026 || thinks;
  // 1 is what the model does anyway.
  const auto is_default = [](std::string_view text) { return number(text) == 1.0; };
  if (!request_.temperature.empty() && !fixed) write_temperature();
  if (!request_.temperature.empty() && fixed && !is_default(request_.temperature)) {
    lose(Field::temperature, std::string(why));
  }
  if (!request_.top_p.empty() && !fixed) out_.member_raw("top_p", request_.top_p);
  if (!request_.top_p.empty() && fixed && !is_default(request_.top_p)) {
    lose(Field::top_p, std::string(why));
  }
  if (!request_.top_k.empty() && !fixed) out_.member_raw("top_k", request_.top_k);
  if (!request_.top_k.empty() && fixed) lose(Field::top_k, std::string(why));
}

void Encoder::write_stop() {
  const auto sent = [](const std::string& sequence) { return !is_blank(sequence); };
  const auto& stop = request_.stop;
  if (!std::all_of(stop.begin(), stop.end(), sent)) {
    lose(Field::stop, "a stop sequence of blanks alone is not taken");
  }
  if (!std::any_of(stop.begin(), stop.end(), sent)) return;
  out_.array("stop_sequences");
  for (const std::string& sequence : stop) {
    if (sent(sequence)) out_.string(sequence);
  }
  out_.end_array();
}

bool Encoder::is_allowed(const chat::Tool& tool) const {
  if (!request_.tool_choice || request_.tool_choice->mode != ToolMode::allowed) return true;
  const auto& names = request_.tool_choice->names;
  return std::find(names.begin(), names.end(), tool.name) != names.end();
}

bool Encoder::is_sent(const chat::Tool& tool) const {
  return is_allowed(tool) && (tool.kind != ToolKind::builtin || e_.own);
}

// The API wants "type" in it; everything else passes as written.
void Encoder::write_schema(std::string_view schema) {
  out_.key("input_schema");
  Cursor cursor(schema, Cursor::kDepthMax);
  std::string_view key;
  bool has_type = false;
  bool is_empty = true;
  if (cursor.kind() == Kind::object) cursor.enter_object();
  while (cursor.ok() && is_empty && cursor.next_key(key)) {
    is_empty = false;
    has_type = key == "type";
    while (!has_type && cursor.next_key(key)) has_type = key == "type";
  }
  if (has_type) {
    out_.raw(schema);
  } else if (is_empty) {
    out_.raw(R"({"type":"object","properties":{}})");
  } else {
    out_.raw(R"({"type":"object",)" + std::string(schema.substr(schema.find('{') + 1)));
  }
}

void Encoder::write_tool(const chat::Tool& tool, std::size_t index) {
  const std::string at = "tools[" + std::to_string(index) + "]";
  if (tool.kind == ToolKind::builtin) {
    if (tool.cache) e_.cache_mark(tool.cache, {{"cache_control", ""}}, at);
    out_.raw(tool.format);
    return;
  }
  out_.begin_object();
  out_.member("name", wire_name(tool.name));
  if (!tool.description.empty()) out_.member("description", tool.description);
  if (tool.kind == ToolKind::custom) {
    out_.member_raw("input_schema", R"({"type":"object","properties":{"input":{"type":"string"}},)"
                                    R"("required":["input"],"additionalProperties":false})");
    e_.lose(at, "a free-text tool becomes a function of one string; its grammar is not enforced");
  } else {
    write_schema(tool.schema);
  }
  if (e_.takes_strict(tool, at)) out_.member("strict", *tool.strict);
  e_.cache_mark(tool.cache, tool.extras, at);
  e_.extras(tool.extras, at);
  out_.end_object();
}

void Encoder::write_tools() {
  const auto& tools = request_.tools;
  const auto sent = [this](const chat::Tool& tool) { return is_sent(tool); };
  if (std::any_of(tools.begin(), tools.end(), sent)) {
    out_.array("tools");
    for (std::size_t i = 0; i < tools.size(); ++i) {
      if (is_sent(tools[i])) write_tool(tools[i], i);
    }
    out_.end_array();
    write_tool_choice();
  } else if (forces_tools()) {
    lose(Field::tool_choice, "there is no tool that could be called");
  }
  say_tool_losses();
}

void Encoder::write_choice_type(const chat::ToolChoice& choice) {
  switch (choice.mode) {
    case ToolMode::automatic: out_.member("type", "auto"); break;
    case ToolMode::none: out_.member("type", "none"); break;
    case ToolMode::required: out_.member("type", "any"); break;
    case ToolMode::allowed:
      out_.member("type", choice.required ? std::string_view("any") : std::string_view("auto"));
      break;
    case ToolMode::named:
      out_.member("type", "tool");
      out_.member("name", wire_name(choice.names.empty() ? "" : choice.names.front()));
      break;
  }
}

void Encoder::write_tool_choice() {
  const auto& parallel = request_.parallel_tool_calls;
  if (!request_.tool_choice && parallel.value_or(true)) return;
  const chat::ToolChoice choice = request_.tool_choice.value_or(chat::ToolChoice{});
  out_.object("tool_choice");
  write_choice_type(choice);
  if (parallel && choice.mode != ToolMode::none)
    out_.member("disable_parallel_tool_use", !*parallel);
  write_nested("tool_choice.");
  out_.end_object();
}

void Encoder::say_tool_losses() {
  bool narrowed = false;
  for (std::size_t i = 0; i < request_.tools.size(); ++i) {
    const chat::Tool& tool = request_.tools[i];
    narrowed = narrowed || !is_allowed(tool);
    if (!is_allowed(tool) || is_sent(tool)) continue;
    e_.lose("tools[" + std::to_string(i) + "]",
            "'" + tool.name + "' runs at its own provider and has no counterpart at Anthropic");
  }
  if (narrowed) {
    lose(Field::tool_choice,
         "only the allowed tools are sent, which changes the prefix that is cached", Weight::hint);
  }
}

void Encoder::write_metadata() {
  const bool has_extras = has_nested("metadata.");
  if (request_.user.empty() && !has_extras) return;
  out_.object("metadata");
  if (!request_.user.empty()) out_.member("user_id", request_.user);
  write_nested("metadata.");
  out_.end_object();
}

void Encoder::write_tier() {
  const std::string& tier = request_.service_tier;
  if (tier.empty()) return;
  if (e_.own || tier == "auto") {
    out_.member("service_tier", tier);
  } else if (tier == "default" || tier == "standard") {
    out_.member("service_tier", "standard_only");
  } else if (tier == "priority") {
    out_.member("service_tier", "auto");
  } else {
    lose(Field::service_tier, "Anthropic has no service tier '" + tier + "'", Weight::hint);
  }
}

// Those of objects that the neutral model takes apart went back into them.
bool is_nested(std::string_view name) {
  const std::string_view of = name.substr(0, name.find('.') + 1);
  return of == "metadata." || of == "tool_choice." || of == "thinking." || of == "output_config.";
}

void Encoder::write_extras(bool counting) {
  if (!e_.own && !counting) e_.extras(request_.extras, {});
  for (const auto& [name, json] : request_.extras) {
    const bool counts = name == "speed" || name == "mcp_servers" || name == "context_management";
    if (e_.own && !is_nested(name) && (counts || !counting)) out_.member_raw(name, json);
  }
}

void Encoder::say_losses() {
  const auto is_zero = [](std::string_view text) { return text.empty() || number(text) == 0.0; };
  if (!is_zero(request_.presence_penalty))
    lose(Field::presence_penalty, "Anthropic has no penalties");
  if (!is_zero(request_.frequency_penalty))
    lose(Field::frequency_penalty, "Anthropic has no penalties");
  if (!request_.seed.empty()) lose(Field::seed, "Anthropic has no seed", Weight::hint);
  if (request_.candidates > 1) lose(Field::candidates, "Anthropic gives one answer to a request");
  if (request_.logprobs.value_or(false) || request_.top_logprobs.value_or(0) > 0) {
    lose(Field::logprobs, "Anthropic does not tell probabilities");
  }
  if (!request_.previous_response_id.empty()) {
    e_.lose("previous_response_id", "Anthropic keeps no conversations");
  }
  if (request_.store.value_or(false)) e_.lose("store", "Anthropic keeps nothing", Weight::hint);
  if (!request_.metadata.empty() && request_.metadata != "{}") {
    lose(Field::metadata, "Anthropic takes the user's id alone", Weight::hint);
  }
  if (!request_.cache_key.empty() && !e_.has_marks()) {
    e_.lose("prompt_cache_key", "Anthropic caches what is marked, not by a key", Weight::hint);
  }
  if (!request_.format || request_.format->kind == chat::FormatKind::text) return;
  const chat::OutputFormat& format = *request_.format;
  if (format.kind == chat::FormatKind::json_object) {
    lose(Field::format, "JSON is asked for in the instructions, not enforced", Weight::hint);
  } else if (!format.name.empty() || !format.description.empty()) {
    lose(Field::format, "a schema has no name or description of its own", Weight::hint);
  }
}

void Encoder::run(bool counting) {
  const bool json = request_.format && request_.format->kind == chat::FormatKind::json_object;
  const Plan how = plan();
  out_.begin_object();
  out_.member("model", target_.model);
  if (!counting) {
    out_.member("max_tokens", max_tokens_);
    if (request_.stream) out_.member("stream", true);
  }
  write_tools();
  write_system(e_, json ? kJsonOnly : std::string_view());
  write_messages(e_);
  write_thinking(how);
  write_output_config(how);
  if (!counting) {
    write_sampling(how);
    write_stop();
    write_metadata();
    write_tier();
    say_losses();
  }
  e_.cache_mark(request_.cache, request_.extras, "cache_control");
  write_extras(counting);
  out_.end_object();
}

// About the size of what is written: texts and data, and some for the members around them.
std::size_t size_hint(const chat::Request& request) {
  std::size_t size = 512;
  for (const chat::Tool& tool : request.tools) {
    size += 128 + tool.description.size() + tool.schema.size() + tool.format.size();
  }
  for (const chat::Message& message : request.messages) {
    for (const chat::Part& part : message.parts) {
      size += 96;
      if (const auto* text = part.as<chat::Text>()) size += text->text.size();
      if (const auto* media = part.as<chat::Media>()) size += media->data.size();
    }
  }
  return size;
}

std::string encode(const chat::Request& request, const chat::Target& target, chat::Losses& losses,
                   bool counting) {
  std::string out;
  out.reserve(size_hint(request));
  Encoder(request, target, losses, out).run(counting);
  return out;
}

}  // namespace

std::string encode_request(const chat::Request& request, const chat::Target& target,
                           chat::Losses& losses) {
  return encode(request, target, losses, false);
}

std::string encode_count_request(const chat::Request& request, const chat::Target& target,
                                 chat::Losses& losses) {
  return encode(request, target, losses, true);
}

}  // namespace headgate::llm::anthropic
