#include "telemetry/conventions/ingest_table.h"

#include <array>
#include <unordered_map>

namespace headgate::telemetry {
namespace {

struct Row {
  std::string_view key;
  IngestField field;
};

using enum IngestField;

constexpr std::array kRows{
    // What a span is.
    Row{"headgate.kind", headgate_kind},
    Row{"langfuse.observation.type", langfuse_type},
    Row{"openinference.span.kind", openinference_kind},
    Row{"gen_ai.operation.name", operation},
    Row{"traceloop.span.kind", traceloop_kind},
    Row{"ai.operationId", vercel_operation},
    // Model calls.
    Row{"gen_ai.provider.name", provider},
    Row{"gen_ai.system", provider},
    Row{"llm.provider", provider},
    Row{"llm.system", provider},
    Row{"ai.model.provider", provider},
    Row{"gen_ai.request.model", model_requested},
    Row{"ai.model.id", model_requested},
    Row{"llm.model_name", model_requested},
    Row{"llm.request.model", model_requested},
    Row{"langfuse.observation.model.name", model_requested},
    Row{"gen_ai.response.model", model_served},
    Row{"ai.response.model", model_served},
    Row{"llm.response.model", model_served},
    Row{"gen_ai.response.id", response_id},
    Row{"ai.response.id", response_id},
    Row{"gen_ai.response.finish_reasons", finish_reason},
    Row{"ai.response.finishReason", finish_reason},
    Row{"llm.response.finish_reason", finish_reason},
    Row{"gen_ai.completion.0.finish_reason", finish_reason},
    Row{"gen_ai.request.stream", streamed},
    Row{"llm.is_streaming", streamed},
    Row{"gen_ai.response.time_to_first_chunk", ttft_s},
    Row{"gen_ai.server.time_to_first_token", ttft_s},
    Row{"ai.response.msToFirstChunk", ttft_ms},
    // Usage.
    Row{"gen_ai.usage.input_tokens", tokens_input},
    Row{"gen_ai.usage.prompt_tokens", tokens_input},
    Row{"llm.token_count.prompt", tokens_input},
    Row{"llm.usage.prompt_tokens", tokens_input},
    Row{"ai.usage.inputTokens", tokens_input},
    Row{"ai.usage.promptTokens", tokens_input},
    Row{"gen_ai.usage.output_tokens", tokens_output},
    Row{"gen_ai.usage.completion_tokens", tokens_output},
    Row{"llm.token_count.completion", tokens_output},
    Row{"llm.usage.completion_tokens", tokens_output},
    Row{"ai.usage.outputTokens", tokens_output},
    Row{"ai.usage.completionTokens", tokens_output},
    Row{"gen_ai.usage.cache_read.input_tokens", tokens_cached},
    Row{"gen_ai.usage.cache_read_input_tokens", tokens_cached},
    Row{"llm.token_count.prompt_details.cache_read", tokens_cached},
    Row{"llm.usage.cache_read_input_tokens", tokens_cached},
    Row{"ai.usage.cachedInputTokens", tokens_cached},
    Row{"gen_ai.usage.cache_write.input_tokens", tokens_cache_write},
    Row{"gen_ai.usage.cache_creation.input_tokens", tokens_cache_write},
    Row{"gen_ai.usage.cache_creation_input_tokens", tokens_cache_write},
    Row{"llm.token_count.prompt_details.cache_write", tokens_cache_write},
    Row{"llm.usage.cache_creation_input_tokens", tokens_cache_write},
    Row{"gen_ai.usage.reasoning.output_tokens", tokens_reasoning},
    Row{"gen_ai.usage.reasoning_tokens", tokens_reasoning},
    Row{"llm.token_count.completion_details.reasoning", tokens_reasoning},
    Row{"llm.usage.reasoning_tokens", tokens_reasoning},
    Row{"ai.usage.reasoningTokens", tokens_reasoning},
    Row{"langfuse.observation.usage_details", usage_details},
    Row{"headgate.cost.picodollars", cost_picodollars},
    Row{"gen_ai.usage.cost", cost_usd},
    Row{"llm.cost.total", cost_usd},
    Row{"langfuse.observation.cost_details", cost_details},
    // Names of what is no model call.
    Row{"gen_ai.tool.name", tool_name},
    Row{"tool.name", tool_name},
    Row{"ai.toolCall.name", tool_name},
    Row{"gen_ai.agent.name", agent_name},
    Row{"agent.name", agent_name},
    Row{"ai.telemetry.functionId", agent_name},
    Row{"gen_ai.workflow.name", workflow_name},
    Row{"traceloop.entity.name", entity_name},
    // Content.
    Row{"langfuse.observation.input", input},
    Row{"gen_ai.input.messages", input},
    Row{"gen_ai.tool.call.arguments", input},
    Row{"gen_ai.retrieval.query.text", input},
    Row{"input.value", input},
    Row{"traceloop.entity.input", input},
    Row{"ai.prompt.messages", input},
    Row{"ai.prompt", input},
    Row{"ai.toolCall.args", input},
    Row{"ai.value", input},
    Row{"gen_ai.prompt", input},
    Row{"langfuse.observation.output", output},
    Row{"gen_ai.output.messages", output},
    Row{"gen_ai.tool.call.result", output},
    Row{"gen_ai.retrieval.documents", output},
    Row{"output.value", output},
    Row{"traceloop.entity.output", output},
    Row{"ai.response.text", output},
    Row{"ai.response.object", output},
    Row{"ai.response.toolCalls", output},
    Row{"ai.toolCall.result", output},
    Row{"gen_ai.completion", output},
    // On whose behalf.
    Row{"langfuse.user.id", user},
    Row{"user.id", user},
    Row{"enduser.id", user},
    Row{"ai.telemetry.metadata.userId", user},
    Row{"traceloop.association.properties.user_id", user},
    Row{"langfuse.session.id", session},
    Row{"session.id", session},
    Row{"gen_ai.conversation.id", session},
    Row{"ai.telemetry.metadata.sessionId", session},
    Row{"traceloop.association.properties.session_id", session},
    Row{"headgate.workflow", workflow},
    Row{"traceloop.workflow.name", workflow},
    Row{"headgate.release", release},
    Row{"langfuse.release", release},
    // Outcome.
    Row{"http.response.status_code", http_status},
    Row{"http.status_code", http_status},
    Row{"error.type", error_type},
    Row{"langfuse.observation.status_message", error_message},
    Row{"exception.message", error_message},
};

}  // namespace

std::optional<IngestRow> ingest_row(std::string_view key) {
  static const auto index = [] {
    std::unordered_map<std::string_view, IngestRow> rows;
    for (std::size_t i = 0; i < kRows.size(); ++i) {
      rows.emplace(kRows[i].key, IngestRow{kRows[i].field, static_cast<std::uint16_t>(i)});
    }
    return rows;
  }();
  const auto found = index.find(key);
  return found == index.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace headgate::telemetry
