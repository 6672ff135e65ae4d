#include "server/mcp/agent_host.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/reach/nesting.h"
#include "agents/tools/content.h"
#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/json/writer.h"
#include "server/agents/agent_call.h"
#include "server/agents/agent_service.h"
#include "server/agents/new_run.h"
#include "server/agents/run_wait.h"

namespace headgate::server {

using agents::RunState;
using agents::RunStatus;
using agents::ToolCall;
using agents::ToolOutcome;
using agents::ToolResult;
using agents::mcp::ObjectView;
using base::Result;
using base::Task;

namespace {

constexpr std::string_view kPrefix = "agent_";
constexpr std::string_view kInput =
    R"({"type":"object","properties":{"input":{"type":"string","minLength":1,)"
    R"("description":"What is asked of the agent."},"session_id":{"type":"string",)"
    R"("maxLength":200,"description":"The same for calls that belong to one conversation."}},)"
    R"("required":["input"],"additionalProperties":false})";
constexpr std::string_view kOutput =
    R"({"type":"object","properties":{"run_id":{"type":"string"},"status":{"type":"string"},)"
    R"("output":{"type":["string","null"]}},"required":["run_id","status","output"]})";

std::shared_ptr<const agents::Tool> tool_of(const std::string& agent,
                                            const agents::AgentConfig& config) {
  agents::ToolInfo info;
  info.name = std::string(kPrefix) + agent;
  info.description =
      config.description.empty() ? "Runs the agent " + agent + "." : config.description;
  info.input_schema = kInput;
  info.output_schema = kOutput;
  return std::make_shared<const agents::Tool>(std::move(info));
}

Result<agents::RunAsk> ask_of(const std::string& agent, const ToolCall& call) {
  ObjectView arguments(call.arguments);
  auto messages = run_messages(std::string(arguments.raw("input")));
  if (!messages) return messages.error();
  agents::RunAsk out;
  out.agent = agent;
  out.remembers = true;
  out.messages = std::move(*messages);
  out.session = arguments.string("session_id").value_or("");
  if (!call.idempotency_key.empty()) bind_key(out, std::string(call.idempotency_key));
  out.metadata = agents::nested_metadata(call.nesting);  // behind the key: not what was asked
  return out;
}

/// A call's way through the steps of its run, for whoever waits for it; first, which run it is.
class Steps {
 public:
  Steps(agents::CallEvents& events, const std::string& run_id) : events_(events) {
    events_.progress(++told_, std::nullopt, "run " + run_id);
  }

  void tell(const storage::RunEntry& entry) {
    ObjectView body(entry.body);
    std::string what;
    if (entry.kind == agents::kind::kModelBegun) {
      what = body.string("agent").value_or("") + " asks " + body.string("model").value_or("");
    } else if (entry.kind == agents::kind::kToolBegun) {
      what = "calls " + body.string("tool").value_or("");
    } else if (entry.kind == agents::kind::kHandoff) {
      what = "hands over to " + body.string("to").value_or("");
    }
    if (!what.empty()) events_.progress(++told_, std::nullopt, what);
  }

 private:
  agents::CallEvents& events_;
  double told_ = 0;
};

Task<void> wait_for_steps(base::Context& ctx, agents::Runner& runner, const std::string& id,
                          agents::CallEvents& events) {
  Steps steps(events, id);
  agents::Mark mark;
  while (true) {
    auto news = co_await next_news(ctx, runner, id, mark);
    if (!news) co_return news.error();
    if (news->is_over()) co_return Result<void>{};
    for (const storage::RunEntry& entry : news->entries) steps.tell(entry);
    mark.seq = news->entries.back().seq;
  }
}

// Clients that cancel a call say so and close its connection, and what comes first is luck.
base::Async<bool> is_withdrawn(const base::Context& ctx, const agents::CallEvents& events,
                               const agents::Board& board) {
  constexpr base::Duration kPatience = base::seconds(1);
  constexpr base::Duration kLookAgain = base::milliseconds(20);
  base::Cancellation never;
  const base::MonoTime until = ctx.loop.now() + kPatience;
  while (!events.is_withdrawn() && ctx.loop.now() < until && !board.draining()) {
    const base::MonoTime again = ctx.loop.now() + kLookAgain;
    co_await base::sleep_until(ctx.loop, again, never);
  }
  co_return events.is_withdrawn();
}

// The call is over already, so on nobody's time.
Task<void> cancel_run(const base::Context& ctx, agents::Runner& runner, const std::string& id) {
  base::Cancellation never;
  base::Context own{ctx.loop, never};
  agents::Command command;
  command.by = actor_of(ctx);
  auto done = co_await runner.command(own, id, std::move(command));
  co_return done;
}

// What somebody has to do before it goes on.
std::string what_waits(const RunState& state) {
  std::string out;
  for (const agents::CallState& call : state.calls) {
    const bool waits = call.stage == agents::CallStage::waiting;
    if (!waits && call.stage != agents::CallStage::unknown) continue;
    out += out.empty() ? ": " : "; ";
    out += call.tool + " " + call.arguments;
    out += waits ? " needs approval" : " may have happened, which an operator has to find out";
  }
  return out;
}

std::string words_of(const RunState& state) {
  if (state.status == RunStatus::finished) return state.output;
  const std::string what = "The run " + state.id + " is " + std::string(name(state.status));
  if (has_ended(state.status)) return what + ": " + state.status_detail;
  return what + what_waits(state) + ". See GET /v1/runs/" + state.id + ".";
}

ToolResult result_of(const RunState& state) {
  const bool is_finished = state.status == RunStatus::finished;
  ToolResult out = agents::text_result(words_of(state), !is_finished);
  std::string structured;
  base::json::Writer writer(structured);
  writer.begin_object();
  writer.member("run_id", state.id);
  writer.member("status", name(state.status));
  if (is_finished) {
    writer.member("output", state.output);
  } else {
    writer.member_null("output");
  }
  writer.end_object();
  out.structured = std::move(structured);
  return out;
}

}  // namespace

std::optional<std::string> AgentHost::agent_of(base::Context& ctx, std::string_view tool) const {
  if (agents_ == nullptr || !tool.starts_with(kPrefix)) return std::nullopt;
  const std::string name(tool.substr(kPrefix.size()));
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) return std::nullopt;
  const auto definitions = agents_->runner_of(ctx.loop).definitions();
  if (definitions->agents.find(name) == nullptr) return std::nullopt;
  return name;
}

Task<agents::Tools> AgentHost::list_tools(base::Context& ctx) {
  auto listed = co_await others_.list_tools(ctx);
  if (!listed) co_return listed.error();
  agents::Tools tools = std::move(*listed);
  if (agents_ == nullptr) co_return tools;
  const auto definitions = agents_->runner_of(ctx.loop).definitions();
  for (const std::string& name : names_) {
    const agents::AgentConfig* agent = definitions->agents.find(name);
    if (agent != nullptr) tools.push_back(tool_of(name, *agent));
  }
  co_return tools;
}

Task<std::shared_ptr<const agents::Tool>> AgentHost::find_tool(base::Context& ctx,
                                                               std::string_view name) {
  const auto agent = agent_of(ctx, name);
  if (!agent) {
    auto other = co_await others_.find_tool(ctx, name);
    co_return other;
  }
  const auto definitions = agents_->runner_of(ctx.loop).definitions();
  co_return tool_of(*agent, *definitions->agents.find(*agent));
}

Task<ToolOutcome> AgentHost::call_tool(base::Context& ctx, const ToolCall& call,
                                       agents::CallEvents& events) {
  const auto agent = agent_of(ctx, call.name);
  if (!agent) {
    ToolCall other = call;
    other.idempotency_key = {};  // of this client; at a remote server all clients would share it
    auto outcome = co_await others_.call_tool(ctx, other, events);
    co_return outcome;
  }
  auto result = co_await run(ctx, *agent, call, events);
  if (!result) co_return result.error();
  ToolOutcome outcome = std::move(*result);
  co_return outcome;
}

Task<ToolResult> AgentHost::run(base::Context& ctx, const std::string& agent, const ToolCall& call,
                                agents::CallEvents& events) {
  if (call.nesting >= agents::kNestingMax) {
    co_return agents::text_result(
        "The agent is not run: agents have called agents by way of /mcp " +
            std::to_string(call.nesting) + " deep.",
        true);
  }
  agents::Runner& runner = agents_->runner_of(ctx.loop);
  const auto ask = ask_of(agent, call);
  if (!ask) co_return ask.error();
  base::Context inner = ctx;  // the call has a span of its own
  inner.trace.parent = ctx.trace.span;
  inner.trace.span = base::SpanId::random(ctx.loop.random());
  auto created = co_await runner.create(inner, *ask);
  if (!created) co_return created.error();
  auto waited = co_await wait_for_steps(inner, runner, created->id, events);
  bool shows = waited.has_value();
  if (!waited) {
    const bool withdrawn = co_await is_withdrawn(ctx, events, runner.board());
    if (withdrawn) {
      auto cancelled = co_await cancel_run(ctx, runner, created->id);
    }
    // An error would have the call made again; the run goes on after the next start.
    shows = !withdrawn && waited.error().code == base::Errc::draining;
  }
  if (shows) {
    const auto state = co_await state_of(inner, runner, created->id);
    if (!state) co_return state.error();
    co_return result_of(*state);
  }
  co_return waited.error();
}

}  // namespace headgate::server
