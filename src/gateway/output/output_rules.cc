#include "gateway/output/output_rules.h"

#include <utility>

#include "base/json/cursor.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Result;

namespace {

base::Error unusable(base::Error error, const std::string& what) {
  error.detail = what + ": " + error.detail;
  error.param = what;
  return error;
}

bool is_whole(chat::StopReason stop) {
  switch (stop) {
    case chat::StopReason::length:
    case chat::StopReason::context:
    case chat::StopReason::content_filter:
    case chat::StopReason::refusal:
    case chat::StopReason::pause: return false;
    default: return true;
  }
}

chat::Part error_result(const chat::ToolCall& call, const std::string& what) {
  chat::ToolResult result;
  result.call_id = call.id;
  result.name = call.name;
  result.is_error = true;
  result.content.push_back(chat::text_part(what));
  return {std::move(result), {}, {}};
}

}  // namespace

std::string OutputBreach::describe() const {
  std::string out = text;
  for (const auto& [id, what] : calls) {
    if (!out.empty()) out += "; ";
    out += what;
  }
  return out;
}

Result<OutputRules> OutputRules::of(const chat::Request& request) {
  OutputRules out;
  if (request.format && request.format->kind != chat::FormatKind::text) {
    out.wants_json_ = true;
    if (request.format->kind == chat::FormatKind::json_schema && !request.format->schema.empty()) {
      auto schema = guardrails::JsonSchema::compile(request.format->schema);
      if (!schema) return unusable(schema.error(), "response_format");
      out.schema_.emplace(std::move(*schema));
    }
  }
  for (const chat::Tool& tool : request.tools) {
    if (tool.kind != chat::ToolKind::function || tool.schema.empty()) continue;
    auto schema = guardrails::JsonSchema::compile(tool.schema);
    if (!schema) return unusable(schema.error(), "tools." + tool.name);
    out.tools_.emplace(tool.name, std::move(*schema));
  }
  return out;
}

OutputBreach OutputRules::check(const chat::Candidate& candidate) const {
  OutputBreach out;
  if (!is_whole(candidate.stop)) return out;
  bool calls_tools = false;
  for (const chat::Part& part : candidate.parts) {
    if (part.as<chat::Refusal>() != nullptr) return {};
    const auto* call = part.as<chat::ToolCall>();
    if (call == nullptr) continue;
    calls_tools = true;
    if (std::string what = check_call(*call); !what.empty()) out.calls[call->id] = std::move(what);
  }
  // What is said beside calls is not the answer yet.
  if (wants_json_ && !calls_tools) out.text = check_text(candidate);
  return out;
}

std::string OutputRules::check_text(const chat::Candidate& candidate) const {
  std::string text;
  for (const chat::Part& part : candidate.parts) {
    if (const auto* piece = part.as<chat::Text>()) text += piece->text;
  }
  if (schema_) return guardrails::describe(schema_->check(text));
  base::json::Cursor cursor(text);
  const bool is_object = cursor.kind() == base::json::Kind::object;
  return is_object && base::json::valid(text) ? "" : "the answer: is not a JSON object";
}

std::string OutputRules::check_call(const chat::ToolCall& call) const {
  const auto found = tools_.find(call.name);
  if (found == tools_.end()) return {};
  const std::string what = guardrails::describe(found->second.check(call.arguments));
  return what.empty() ? what : "the arguments of " + call.name + ": " + what;
}

void ask_again(chat::Request& request, const chat::Candidate& candidate,
               const OutputBreach& breach) {
  chat::Message said;
  said.role = chat::Role::assistant;
  said.parts = candidate.parts;
  chat::Message results;
  results.role = chat::Role::tool;
  for (const chat::Part& part : candidate.parts) {
    const auto* call = part.as<chat::ToolCall>();
    if (call == nullptr) continue;
    const auto found = breach.calls.find(call->id);
    results.parts.push_back(error_result(
        *call,
        found != breach.calls.end()
            ? "Not called: " + found->second + ". Call it again with valid arguments."
            : "Not called, because another call of this turn was not valid. Call it again."));
  }
  request.messages.push_back(std::move(said));
  if (!results.parts.empty()) request.messages.push_back(std::move(results));
  if (breach.text.empty()) return;
  chat::Message again;
  again.role = chat::Role::user;
  again.parts.push_back(chat::text_part(
      "Your last answer is not what was asked for. " + breach.text +
      ". Answer again, with JSON that is valid against the schema and nothing else."));
  request.messages.push_back(std::move(again));
}

}  // namespace headgate::gateway
