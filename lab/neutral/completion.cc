#include "lab/neutral/completion.h"

#include <algorithm>
#include <array>

#include "lab/neutral/tokens.h"

namespace headgate::lab {

std::string_view finish_name(FinishReason finish) {
  constexpr std::array<std::string_view, 15> kNames{"none",
                                                    "stop",
                                                    "length",
                                                    "tool_calls",
                                                    "content_filter",
                                                    "function_call",
                                                    "pause",
                                                    "context_window",
                                                    "recitation",
                                                    "blocklist",
                                                    "prohibited_content",
                                                    "spii",
                                                    "malformed_function_call",
                                                    "prompt_blocked",
                                                    "other"};
  static_assert(kNames.size() == static_cast<std::size_t>(FinishReason::other) + 1);
  return kNames[static_cast<std::size_t>(finish)];
}

std::string joined(const Tokens& tokens, std::size_t from, std::size_t count) {
  std::string out;
  const std::size_t end = std::min(from + count, tokens.size());
  for (std::size_t i = from; i < end; ++i) out += tokens[i];
  return out;
}

std::string joined(const Tokens& tokens) { return joined(tokens, 0, tokens.size()); }

std::int64_t emitted_tokens(const CompletionChoice& choice) {
  auto tokens = static_cast<std::int64_t>(choice.reasoning.size() + choice.content.size());
  for (const auto& call : choice.calls) {
    tokens += count_tokens(call.name) + static_cast<std::int64_t>(call.arguments.size());
  }
  return tokens;
}

std::int64_t emitted_tokens(const Completion& completion) {
  std::int64_t tokens = 0;
  for (const auto& choice : completion.choices) tokens += emitted_tokens(choice);
  return tokens;
}

}  // namespace headgate::lab
