#include "storage/query/fields.h"

namespace headgate::storage::query {
namespace {

constexpr std::array<FieldRow, kFieldCount> kRows{{
    {Field::request, "request", Type::text, "$.request_id", "request id"},
    {Field::user, "user", Type::text, "$.user", "user of the call"},
    {Field::session, "session", Type::text, "$.session", "session"},
    {Field::workflow, "workflow", Type::text, "$.workflow", "workflow"},
    {Field::tenant, "tenant", Type::text, "$.tenant", "tenant"},
    {Field::tier, "tier", Type::text, "$.tier", "plan of the tenant"},
    {Field::key, "key", Type::text, "$.key_id", "id of the API key"},
    {Field::route, "route", Type::text, "$.route", "route that was taken"},
    {Field::release, "release", Type::text, "$.release", "release"},
    {Field::name, "name", Type::text, "$.name", "what was asked for, such as chat"},
    {Field::error_message, "error_message", Type::text, "$.error_message", "what the error said"},
    {Field::finish, "finish", Type::text, "$.finish_reason", "why the answer ended"},
    {Field::response, "response", Type::text, "$.response_id", "the provider's id of the answer"},
    {Field::model, "model", Type::text, "", "model, as requested or as served"},
    {Field::provider, "provider", Type::text, "$.provider", "provider of the call or any attempt"},
    {Field::kind, "kind", Type::text, "$.kind", "kind of any span: tool, attempt, agent, …"},
    {Field::tool, "tool", Type::text,
     "CASE WHEN substr($.name, 1, 13) = 'execute_tool ' THEN substr($.name, 14) ELSE $.name END",
     "tool that was called"},
    {Field::agent, "agent", Type::text,
     "CASE WHEN substr($.name, 1, 13) = 'invoke_agent ' THEN substr($.name, 14) ELSE $.name END",
     "agent that took part"},
    {Field::attribute, "attr.NAME", Type::text, "", "attribute NAME of any span"},
    {Field::text, "text", Type::words, "", "words of inputs and outputs"},
    {Field::input, "input", Type::words, "", "words of inputs"},
    {Field::output, "output", Type::words, "", "words of outputs"},
    {Field::trace, "trace", Type::trace, "$.trace_id", "trace id, or how it begins"},
    {Field::error, "error", Type::error, "$.error", "failed; or the error's name"},
    {Field::status, "status", Type::error, "$.error", "ok, error, or the error's name"},
    {Field::streamed, "streamed", Type::flag, "$.streamed", "was streamed"},
    {Field::unpriced, "unpriced", Type::flag, "$.unpriced", "used something without a price"},
    {Field::cost, "cost", Type::money, "$.cost_picodollars", "dollars"},
    {Field::latency, "latency", Type::duration, "$.duration_us", "from first to last byte"},
    {Field::ttft, "ttft", Type::duration, "$.ttft_us", "time to first token"},
    {Field::time, "time", Type::time, "$.start_us", "when it began, UTC"},
    {Field::age, "age", Type::duration, "", "how long ago it began"},
    {Field::http, "http", Type::count, "$.http_status", "HTTP status of the answer"},
    {Field::tokens, "tokens", Type::count, "$.tokens_input + $.tokens_output",
     "input and output tokens"},
    {Field::tokens_input, "tokens_input", Type::count, "$.tokens_input", "input tokens"},
    {Field::tokens_output, "tokens_output", Type::count, "$.tokens_output", "output tokens"},
    {Field::tokens_cached, "tokens_cached", Type::count, "$.tokens_cached",
     "input tokens read from the provider's cache"},
    {Field::tokens_cache_write, "tokens_cache_write", Type::count, "$.tokens_cache_write",
     "input tokens written to it"},
    {Field::tokens_reasoning, "tokens_reasoning", Type::count, "$.tokens_reasoning",
     "output tokens spent on reasoning"},
    {Field::spans, "spans", Type::count, "$.span_count", "number of spans"},
    {Field::attempts, "attempts", Type::count, "", "number of attempts"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    if (kRows[i].field != static_cast<Field>(i)) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

const FieldRow& row(Field field) { return kRows[static_cast<std::size_t>(field)]; }

std::span<const FieldRow, kFieldCount> all_fields() { return kRows; }

bool of_any_span(Field field) {
  switch (field) {
    case Field::provider:
    case Field::kind:
    case Field::tool:
    case Field::agent:
    case Field::attribute: return true;
    default: return false;
  }
}

bool in_block_filter(Field field) {
  switch (field) {
    case Field::name:
    case Field::error_message:
    case Field::finish:
    case Field::attribute: return false;
    default: return row(field).type == Type::text || field == Field::error;
  }
}

}  // namespace headgate::storage::query
