#include "server/agents/run_json.h"

#include "agents/mcp/object_view.h"
#include "base/json/writer.h"
#include "base/text/utc.h"

namespace headgate::server {

using agents::CallStage;
using agents::CallState;
using agents::RunState;
using base::json::Writer;

namespace {

void write_time(Writer& writer, std::string_view name, std::int64_t unix_us) {
  writer.member(name, base::utc_text(unix_us));
}

void write_usage(Writer& writer, const RunState& state) {
  writer.object("usage");
  writer.member("input_tokens", state.usage.input);
  writer.member("cached_tokens", state.usage.cached);
  writer.member("output_tokens", state.usage.output);
  writer.member("total_tokens", state.usage.input + state.usage.output);
  writer.end_object();
  writer.member("cost_usd", base::format_dollars(state.cost).substr(1));
  if (state.unpriced) writer.member("unpriced", true);
}

}  // namespace

void write_approval(Writer& writer, const CallState& call) {
  writer.member("digest", call.digest);
  writer.member("policy", call.policy);
  if (!call.reason.empty()) writer.member("reason", call.reason);
  if (!call.taint.empty()) writer.member_raw("tainted", call.taint);
  writer.member("needed", call.needed);
  writer.array("approved_by");
  for (const std::string& name : call.names) writer.string(name);
  writer.end_array();
  if (call.escalated) writer.member("escalated", true);
  write_time(writer, "asked_at", call.asked_us);
  if (call.due_us != 0) write_time(writer, "due_at", call.due_us);
}

namespace {

// The calls that somebody outside has to say something of.
void write_pending(Writer& writer, const RunState& state) {
  writer.array("pending");
  for (const CallState& call : state.calls) {
    if (call.stage != CallStage::waiting && call.stage != CallStage::unknown) continue;
    writer.begin_object();
    writer.member("call_id", call.id);
    writer.member("tool", call.tool);
    writer.member("arguments", call.arguments);
    writer.member("needs", call.stage == CallStage::waiting ? "approval" : "outcome");
    if (call.stage == CallStage::waiting) write_approval(writer, call);
    writer.end_object();
  }
  writer.end_array();
}

void write_head(Writer& writer, const storage::RunRow& row) {
  writer.member("id", row.id);
  writer.member("object", "run");
  writer.member("agent", row.agent);
  writer.member("status", row.status);
  write_time(writer, "created_at", row.created_unix_us);
  write_time(writer, "updated_at", row.updated_unix_us);
  if (!row.user.empty()) writer.member("user", row.user);
  writer.member("definition", row.definition);
}

}  // namespace

std::string run_row_json(const storage::RunRow& row) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  write_head(writer, row);
  writer.end_object();
  return out;
}

std::string run_json(const RunState& state, const storage::RunRow& row) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  write_head(writer, row);
  if (!state.status_detail.empty()) writer.member("status_detail", state.status_detail);
  writer.member("acting_agent", state.acting);
  if (state.status == agents::RunStatus::finished) {
    writer.member("output", state.output);
  } else {
    writer.member_null("output");
  }
  write_pending(writer, state);
  writer.member("steps", state.steps);
  writer.member("tool_calls", state.tool_calls);
  write_usage(writer, state);
  writer.member("active_ms", state.active_us / 1000);
  writer.member("trace_id", state.origin.trace.hex());
  if (!state.origin.session.empty()) writer.member("session_id", state.origin.session);
  if (!state.origin.metadata.empty()) writer.member_raw("metadata", state.origin.metadata);
  writer.member("sequence_number", state.seq);
  writer.end_object();
  return out;
}

std::string event_json(std::string_view run_id, const storage::RunEntry& entry) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member("type", entry.kind);
  writer.member("run_id", run_id);
  writer.member("sequence_number", entry.seq);
  write_time(writer, "at", entry.at_unix_us);
  agents::mcp::ObjectView body(entry.body);
  auto& members = body.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members.at(i);
    if (member.name != "caller") writer.member_raw(member.name, member.raw);
  }
  writer.end_object();
  return out;
}

}  // namespace headgate::server
