#include <array>

#include "llm/chat/answer.h"
#include "llm/chat/part.h"
#include "llm/chat/request.h"

namespace headgate::llm::chat {

std::string_view name(Dialect dialect) {
  constexpr std::array<std::string_view, kDialectCount> kNames{"openai", "responses", "anthropic",
                                                               "gemini"};
  return kNames[static_cast<std::size_t>(dialect)];
}

std::string_view name(Role role) {
  constexpr std::array<std::string_view, 5> kNames{"system", "developer", "user", "assistant",
                                                   "tool"};
  return kNames[static_cast<std::size_t>(role)];
}

std::string_view name(StopReason reason) {
  constexpr std::array<std::string_view, 11> kNames{
      "none",           "stop",    "length", "context",   "tool_calls", "stop_sequence",
      "content_filter", "refusal", "pause",  "malformed", "other"};
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace headgate::llm::chat
