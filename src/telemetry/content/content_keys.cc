#include "telemetry/content/content_keys.h"

#include <algorithm>
#include <array>
#include <span>

namespace headgate::telemetry {
namespace {

constexpr std::array<std::string_view, 32> kKeys{
    // gen_ai
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
    "gen_ai.tool.definitions", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result",
    "gen_ai.retrieval.query.text", "gen_ai.retrieval.documents", "gen_ai.prompt",
    "gen_ai.completion", "gen_ai.memory.query.text", "gen_ai.memory.records",
    "gen_ai.evaluation.explanation",
    // OpenInference
    "input.value", "output.value", "llm.prompts", "llm.invocation_parameters", "tool.parameters",
    // Langfuse, traceloop
    "langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.input",
    "langfuse.trace.output", "traceloop.entity.input", "traceloop.entity.output",
    // Vercel
    "ai.prompt", "ai.value", "ai.values", "ai.result.text", "ai.result.object",
    // ours: what a model thought; events of a span, with their attributes
    "reasoning", "otel.events", "exception.stacktrace"};

constexpr std::array<std::string_view, 19> kPrefixes{"gen_ai.prompt.",
                                                     "gen_ai.completion.",
                                                     "llm.input_messages.",
                                                     "llm.output_messages.",
                                                     "llm.prompts.",
                                                     "llm.completions.",
                                                     "llm.tools.",
                                                     "llm.prompt_template.",
                                                     "retrieval.documents.",
                                                     "reranker.",
                                                     "embedding.embeddings.",
                                                     "message.",
                                                     "ai.prompt.",
                                                     "ai.response.text",
                                                     "ai.response.object",
                                                     "ai.response.reasoning",
                                                     "ai.response.toolCalls",
                                                     "ai.toolCall.",
                                                     "traceloop.prompt."};

constexpr std::string_view kPlainKey = "reasoning";  // the one without a dot

constexpr bool have_dots(std::span<const std::string_view> keys) {
  return std::all_of(keys.begin(), keys.end(), [](std::string_view key) {
    return key == kPlainKey || key.find('.') != std::string_view::npos;
  });
}
static_assert(have_dots(kKeys) && have_dots(kPrefixes));

}  // namespace

// Of each attribute of each span: most are ours, without a dot.
bool is_content_key(std::string_view key) {
  if (key.find('.') == std::string_view::npos) return key == kPlainKey;
  if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) return true;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

}  // namespace headgate::telemetry
