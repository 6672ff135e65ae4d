#include "telemetry/conventions/export_table.h"

#include <array>

namespace headgate::telemetry {
namespace {

constexpr KindSet kEvery = ~KindSet{0};
// A model call, once: in an exchange of our own that is the attempt, since it has the provider's
// usage; the request above it has the sum, which a reader of both would count twice.
constexpr KindSet kModelCall = set_of(SpanKind::attempt) | set_of(SpanKind::llm);
constexpr KindSet kAgent = set_of(SpanKind::agent);
constexpr KindSet kWorkflow = set_of(SpanKind::workflow);
constexpr KindSet kTool = set_of(SpanKind::tool);
constexpr KindSet kRetrieval = set_of(SpanKind::retrieval);
constexpr KindSet kRequest = set_of(SpanKind::request);
constexpr KindSet kTalks = kModelCall | kAgent | kWorkflow;

constexpr ProfileSet k141 = set_of(Profile::otel_1_41);
constexpr ProfileSet kLatest = set_of(Profile::otel_genai_latest);
constexpr ProfileSet kCompat = set_of(Profile::compat);
constexpr ProfileSet kAll = k141 | kLatest | kCompat;

using enum Field;

constexpr std::array kRows{
    // OpenTelemetry's GenAI conventions.
    ExportRow{"gen_ai.operation.name", operation, kEvery, kAll},
    ExportRow{"gen_ai.provider.name", provider, kModelCall, kAll},
    ExportRow{"gen_ai.provider.name", provider, kAgent, k141 | kCompat},
    ExportRow{"gen_ai.request.model", model_requested, kModelCall | kAgent, kAll},
    ExportRow{"gen_ai.request.stream", streamed, kModelCall, kAll},
    ExportRow{"gen_ai.response.id", response_id, kModelCall, kAll},
    ExportRow{"gen_ai.response.model", model_served, kModelCall, kAll},
    ExportRow{"gen_ai.response.finish_reasons", finish_reasons, kModelCall, kAll},
    ExportRow{"gen_ai.response.time_to_first_chunk", ttft_s, kModelCall, kAll},
    ExportRow{"gen_ai.usage.input_tokens", tokens_input, kModelCall, kAll},
    ExportRow{"gen_ai.usage.output_tokens", tokens_output, kModelCall, kAll},
    ExportRow{"gen_ai.usage.cache_read.input_tokens", tokens_cached, kModelCall, kAll},
    ExportRow{"gen_ai.usage.cache_creation.input_tokens", tokens_cache_write, kModelCall,
              k141 | kCompat},
    ExportRow{"gen_ai.usage.cache_write.input_tokens", tokens_cache_write, kModelCall,
              kLatest | kCompat},
    ExportRow{"gen_ai.usage.reasoning.output_tokens", tokens_reasoning, kModelCall, kAll},
    ExportRow{"gen_ai.conversation.id", session, kModelCall | kAgent, kAll},
    ExportRow{"gen_ai.agent.name", name, kAgent, kAll},
    ExportRow{"gen_ai.workflow.name", name, kWorkflow, kAll},
    ExportRow{"gen_ai.tool.name", name, kTool, kAll},
    ExportRow{"gen_ai.input.messages", input_messages, kTalks, kAll},
    ExportRow{"gen_ai.output.messages", output_messages, kTalks, kAll},
    ExportRow{"gen_ai.tool.call.arguments", input, kTool, kAll},
    ExportRow{"gen_ai.tool.call.result", output, kTool, kAll},
    ExportRow{"gen_ai.retrieval.query.text", input, kRetrieval, kAll},
    ExportRow{"gen_ai.retrieval.documents", output, kRetrieval, kAll},
    // Its general conventions.
    ExportRow{"error.type", error, kEvery, kAll},
    ExportRow{"http.response.status_code", http_status, kEvery, kAll},
    ExportRow{"user.id", user, kEvery, kAll},
    ExportRow{"session.id", session, kEvery, kAll},
    // What only Headgate knows.
    ExportRow{"headgate.kind", kind, kEvery, kAll},
    ExportRow{"headgate.model", model_requested, kRequest, kAll},
    ExportRow{"headgate.attempt", attempt, kEvery, kAll},
    ExportRow{"headgate.cost.picodollars", cost_picodollars, kModelCall, kAll},
    ExportRow{"headgate.unpriced", unpriced, kModelCall, kAll},
    ExportRow{"headgate.route", route, kEvery, kAll},
    ExportRow{"headgate.workflow", workflow, kEvery, kAll},
    ExportRow{"headgate.release", release, kEvery, kAll},
    ExportRow{"headgate.tenant", tenant, kEvery, kAll},
    ExportRow{"headgate.tier", tier, kEvery, kAll},
    ExportRow{"headgate.key_id", key_id, kEvery, kAll},
    ExportRow{"headgate.request_id", request_id, kEvery, kAll},
    // OpenInference, for Phoenix.
    ExportRow{"openinference.span.kind", openinference_kind, kEvery, kCompat},
    ExportRow{"input.value", input, kEvery, kCompat},
    ExportRow{"input.mime_type", input_mime_type, kEvery, kCompat},
    ExportRow{"output.value", output, kEvery, kCompat},
    ExportRow{"output.mime_type", output_mime_type, kEvery, kCompat},
    ExportRow{"llm.model_name", model, kModelCall, kCompat},
    ExportRow{"llm.provider", provider, kModelCall, kCompat},
    ExportRow{"llm.token_count.prompt", tokens_input, kModelCall, kCompat},
    ExportRow{"llm.token_count.completion", tokens_output, kModelCall, kCompat},
    ExportRow{"llm.token_count.total", tokens_total, kModelCall, kCompat},
    ExportRow{"llm.token_count.prompt_details.cache_read", tokens_cached, kModelCall, kCompat},
    ExportRow{"llm.token_count.prompt_details.cache_write", tokens_cache_write, kModelCall,
              kCompat},
    ExportRow{"llm.token_count.completion_details.reasoning", tokens_reasoning, kModelCall,
              kCompat},
    ExportRow{"llm.cost.total", cost_usd, kModelCall, kCompat},
    ExportRow{"tool.name", name, kTool, kCompat},
    ExportRow{"agent.name", name, kAgent, kCompat},
    // Langfuse.
    ExportRow{"langfuse.observation.type", langfuse_type, kEvery, kCompat},
    ExportRow{"langfuse.observation.model.name", model, kModelCall, kCompat},
    ExportRow{"langfuse.observation.usage_details", usage_details, kModelCall, kCompat},
    ExportRow{"langfuse.observation.cost_details", cost_details, kModelCall, kCompat},
    ExportRow{"langfuse.observation.completion_start_time", first_token_time, kModelCall, kCompat},
    ExportRow{"langfuse.observation.level", error_level, kEvery, kCompat},
    ExportRow{"langfuse.observation.status_message", error_message, kEvery, kCompat},
    ExportRow{"langfuse.user.id", user, kEvery, kCompat},
    ExportRow{"langfuse.session.id", session, kEvery, kCompat},
    ExportRow{"langfuse.release", release, kEvery, kCompat},
};

}  // namespace

std::span<const ExportRow> export_table() { return kRows; }

std::string_view renamed(std::string_view key, SpanKind kind, Profile profile) {
  constexpr std::string_view kOld = "gen_ai.request.top_k";
  constexpr std::string_view kNew = "gen_ai.retrieval.top_k";
  if (kind != SpanKind::retrieval || (key != kOld && key != kNew)) return key;
  return profile == Profile::otel_genai_latest ? kNew : kOld;
}

std::string_view schema_url(Profile profile) {
  // The newest conventions have no release: their text is not at any schema's address.
  return profile == Profile::otel_genai_latest ? "" : "https://opentelemetry.io/schemas/1.41.0";
}

}  // namespace headgate::telemetry
