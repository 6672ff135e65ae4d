#include "lab/neutral/prompt.h"

#include <algorithm>
#include <array>

namespace headgate::lab {
namespace {

template <class List, class Fits>
bool any(const List& list, Fits fits) {
  return std::any_of(list.begin(), list.end(), fits);
}

}  // namespace

std::string_view dialect_name(Dialect dialect) {
  constexpr std::array<std::string_view, 4> kNames{"openai", "responses", "anthropic", "gemini"};
  return kNames[static_cast<std::size_t>(dialect)];
}

std::string_view endpoint_name(Endpoint endpoint) {
  constexpr std::array<std::string_view, 4> kNames{"generate", "count_tokens", "embeddings",
                                                   "moderations"};
  return kNames[static_cast<std::size_t>(endpoint)];
}

std::string_view role_name(Role role) {
  constexpr std::array<std::string_view, 6> kNames{"system",    "developer", "user",
                                                   "assistant", "tool",      "function"};
  return kNames[static_cast<std::size_t>(role)];
}

bool may_call(const Prompt& prompt, std::string_view tool) {
  return any(prompt.tools, [&](const OfferedTool& offered) { return offered.name == tool; }) &&
         (prompt.tools_allowed.empty() ||
          any(prompt.tools_allowed, [&](const std::string& allowed) { return allowed == tool; }));
}

}  // namespace headgate::lab
