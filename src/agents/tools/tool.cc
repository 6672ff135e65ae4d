#include "agents/tools/tool.h"

#include <utility>

namespace headgate::agents {

std::string_view name(Effect effect) {
  switch (effect) {
    case Effect::pure: return "pure";
    case Effect::idempotent: return "idempotent";
    case Effect::at_most_once: break;
  }
  return "at_most_once";
}

Tool::Tool(ToolInfo info)
    : info_(std::move(info)),
      arguments_(compile(info_.input_schema, "inputSchema")),
      result_(compile(info_.output_schema, "outputSchema")) {}

Tool::Schema Tool::compile(const std::string& text, std::string_view what) {
  if (text.empty()) return std::nullopt;
  auto compiled = guardrails::JsonSchema::compile(text);
  if (compiled) return std::move(*compiled);
  if (!unchecked_.empty()) unchecked_ += "; ";
  unchecked_.append(what).append(": ").append(compiled.error().detail);
  return std::nullopt;
}

std::string Tool::check_arguments(std::string_view json) const {
  if (!arguments_) return {};
  const auto breaches = arguments_->check(json);
  return breaches.empty() ? std::string() : guardrails::describe(breaches);
}

std::string Tool::check_result(std::string_view json) const {
  if (!result_) return {};
  const auto breaches = result_->check(json);
  return breaches.empty() ? std::string() : guardrails::describe(breaches);
}

}  // namespace headgate::agents
