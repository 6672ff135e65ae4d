#include "cli/load/tally.h"

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"

namespace headgate::cli {

using agents::mcp::ObjectView;
using base::Errc;
using base::fail;
using base::Result;

namespace {

// Calls `visit` with the data of each event.
template <class Visit>
void each_event(std::string_view events, Visit visit) {
  constexpr std::string_view kData = "data: ";
  while (!events.empty()) {
    const std::string_view line = events.substr(0, events.find('\n'));
    events.remove_prefix(std::min(line.size() + 1, events.size()));
    if (line.starts_with(kData)) visit(line.substr(kData.size()));
  }
}

void read_waiting(std::string_view pending, RunView& run) {
  base::json::Cursor cursor(pending);
  cursor.enter_array();
  while (cursor.next_element()) {
    cursor.skip();
    ObjectView call(cursor.value_text());
    if (call.string("needs") != "approval") continue;
    run.waiting.emplace_back(call.string("call_id").value_or(""),
                             call.string("digest").value_or(""));
  }
}

}  // namespace

Result<RunView> read_run(std::string_view json) {
  if (!base::json::valid(json)) return fail(Errc::upstream_malformed, "the answer is not JSON");
  ObjectView said(json);
  RunView out;
  out.id = said.string("id").value_or("");
  out.status = said.string("status").value_or("");
  if (out.id.empty() || out.status.empty()) {
    return fail(Errc::upstream_malformed, "the answer is not a run: is this a Headgate gateway?");
  }
  out.acting = said.string("acting_agent").value_or("");
  out.trace = said.string("trace_id").value_or("");
  out.steps = said.integer("steps").value_or(0);
  out.active_ms = said.integer("active_ms").value_or(0);
  ObjectView usage(said.object("usage"));
  out.input_tokens = usage.integer("input_tokens").value_or(0);
  out.cached_tokens = usage.integer("cached_tokens").value_or(0);
  out.output_tokens = usage.integer("output_tokens").value_or(0);
  out.cost = base::parse_dollars(said.string("cost_usd").value_or("")).value_or(0);
  out.unpriced = said.boolean("unpriced").value_or(false);
  read_waiting(said.array("pending"), out);
  return out;
}

void Tally::add(const RunView& run) {
  ++statuses[run.status];
  ++agents[run.acting];
  steps += run.steps;
  input_tokens += run.input_tokens;
  cached_tokens += run.cached_tokens;
  output_tokens += run.output_tokens;
  cost += run.cost;
  unpriced_runs += run.unpriced ? 1 : 0;
}

void Tally::add_event(std::string_view json, std::string_view escalation_tool) {
  ObjectView event(json);
  const std::string type = event.string("type").value_or("");
  if (type == "step.tool_finished") {
    const std::string tool = event.string("tool").value_or("");
    const std::string outcome = event.string("outcome").value_or("");
    ToolTally& counts = tools[tool];
    const bool went_well = outcome == "ok" || outcome == "happened";
    ++(went_well ? counts.ok : outcome == "refused" ? counts.refused : counts.errors);
    if (went_well && tool == escalation_tool) ++escalations;
  } else if (type == "step.model_finished") {
    ModelTally& counts = models[event.string("model").value_or("")];
    ObjectView usage(event.object("usage"));
    ++counts.calls;
    counts.cached_tokens += usage.integer("cached").value_or(0);
  } else if (type == "step.handoff") {
    ++handoffs;
  } else if (type == "approval.requested") {
    ++approvals_asked;
  } else if (type == "approval.decided") {
    ++(event.string("decision") == "deny" ? approvals_denied : approvals_given);
  } else if (type == "approval.expired") {
    ++approvals_denied;
  }
}

Result<void> Tally::add_events(std::string_view events, std::string_view escalation_tool) {
  bool fine = true;
  bool any = false;
  each_event(events, [&](std::string_view json) {
    any = true;
    fine = fine && base::json::valid(json);
    if (fine) add_event(json, escalation_tool);
  });
  if (fine && any) return {};
  return fail(Errc::upstream_malformed, "the events of a run cannot be read");
}

}  // namespace headgate::cli
