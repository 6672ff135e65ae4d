#include "agents/tools/tool.h"

#include <utility>

#include "agents/tools/said_twice.h"
#include "base/text/utf8.h"

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

// What is said twice passes a schema by one of its values, and may be acted on by the other.
std::string Tool::check_arguments(std::string_view json) const {
  constexpr std::size_t kNameBytesMax = 64;
  const auto twice = said_twice(json);
  if (twice && *twice) {
    return "the member \"" + std::string(base::utf8_prefix(**twice, kNameBytesMax)) +
           "\" stands there twice; give it once";
  }
  if (!arguments_) return twice ? std::string() : twice.error().detail;
  const auto breaches = arguments_->check(json);
  return breaches.empty() ? std::string() : guardrails::describe(breaches);
}

std::string Tool::check_result(std::string_view json) const {
  if (!result_) return {};
  const auto breaches = result_->check(json);
  return breaches.empty() ? std::string() : guardrails::describe(breaches);
}

}  // namespace headgate::agents
