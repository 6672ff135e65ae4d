#include "llm/chat/loss_names.h"

#include <algorithm>
#include <array>

namespace headgate::llm::chat {
namespace {

// In the order of Field; the names in the order of Dialect.
using Names = std::array<std::string_view, kDialectCount>;
constexpr std::array<Names, 14> kNames = {
    {{"temperature", "temperature", "temperature", "generationConfig.temperature"},
     {"top_p", "top_p", "top_p", "generationConfig.topP"},
     {"top_k", "top_k", "top_k", "generationConfig.topK"},
     {"presence_penalty", "presence_penalty", "presence_penalty",
      "generationConfig.presencePenalty"},
     {"frequency_penalty", "frequency_penalty", "frequency_penalty",
      "generationConfig.frequencyPenalty"},
     {"seed", "seed", "seed", "generationConfig.seed"},
     {"n", "n", "n", "generationConfig.candidateCount"},
     {"logprobs", "top_logprobs", "logprobs", "generationConfig.responseLogprobs"},
     {"stop", "stop", "stop_sequences", "generationConfig.stopSequences"},
     {"response_format", "text.format", "output_config.format",
      "generationConfig.responseMimeType"},
     {"reasoning_effort", "reasoning", "thinking", "generationConfig.thinkingConfig"},
     {"service_tier", "service_tier", "service_tier", "serviceTier"},
     {"metadata", "metadata", "metadata", "labels"},
     {"tool_choice", "tool_choice", "tool_choice", "toolConfig.functionCallingConfig"}}};

bool is_instruction(const Message& message) {
  return message.role == Role::system || message.role == Role::developer;
}

std::string_view list_of(Dialect origin) {
  if (origin == Dialect::openai_responses) return "input";
  return origin == Dialect::gemini ? "contents" : "messages";
}

std::string_view instructions_of(Dialect origin) {
  if (origin == Dialect::anthropic) return "system";
  return origin == Dialect::gemini ? "systemInstruction" : "instructions";
}

}  // namespace

std::string_view name(Field field, Dialect origin) {
  return kNames[static_cast<std::size_t>(field)][static_cast<std::size_t>(origin)];
}

std::size_t leading_instructions(const Request& request) {
  const auto end =
      std::find_if_not(request.messages.begin(), request.messages.end(), is_instruction);
  return static_cast<std::size_t>(end - request.messages.begin());
}

std::string message_name(const Request& request, std::size_t message) {
  const std::size_t leading =
      request.origin == Dialect::openai_chat ? 0 : leading_instructions(request);
  if (message < leading) return std::string(instructions_of(request.origin));
  return std::string(list_of(request.origin)) + "[" + std::to_string(message - leading) + "]";
}

std::string part_name(const Request& request, std::size_t message, std::size_t part) {
  std::string out = message_name(request, message);
  const bool is_list = out == "system";  // Anthropic's instructions are a list of blocks themselves
  if (!is_list) out += request.origin == Dialect::gemini ? ".parts" : ".content";
  return out + "[" + std::to_string(part) + "]";
}

bool says_nothing(const Extra& extra) {
  constexpr std::array<std::string_view, 4> kNothing = {"null", "[]", "{}", "\"\""};
  return std::find(kNothing.begin(), kNothing.end(), extra.json) != kNothing.end();
}

Loss::Weight weight_of(const Extra& extra) {
  constexpr std::array<std::string_view, 26> kHints = {"access_programs",
                                                       "annotations",
                                                       "background",
                                                       "context_management",
                                                       "id",
                                                       "include",
                                                       "index",
                                                       "inference_geo",
                                                       "labels",
                                                       "max_tool_calls",
                                                       "message.phase",
                                                       "metadata",
                                                       "obfuscation",
                                                       "phase",
                                                       "prediction",
                                                       "prompt_cache_diagnostics",
                                                       "prompt_cache_options",
                                                       "prompt_cache_retention",
                                                       "speed",
                                                       "status",
                                                       "stream_options",
                                                       "stream_options.include_obfuscation",
                                                       "text.verbosity",
                                                       "truncation",
                                                       "user",
                                                       "verbosity"};
  const bool is_hint = std::find(kHints.begin(), kHints.end(), extra.name) != kHints.end();
  return is_hint ? Loss::Weight::hint : Loss::Weight::meaning;
}

}  // namespace headgate::llm::chat
