#include "agents/run/runner.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

#include "agents/mcp_remote/union_host.h"
#include "base/async/handoff.h"
#include "base/async/loop.h"
#include "base/json/writer.h"
#include "base/owner.h"

namespace headgate::agents {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kLiveMax = 20'000;

std::string new_run_id(base::Random& random) {
  return "run_" + base::TraceId::random(random).hex();
}

RunOrigin origin_of(const base::Context& ctx, const RunAsk& ask) {
  RunOrigin out;
  out.principal = *ctx.principal;
  out.user = ctx.user;
  out.session = ask.session.empty() ? ctx.session : ask.session;
  out.metadata = ask.metadata;
  out.request_id = ctx.request_id;
  out.trace = ctx.trace.trace;
  out.span = ctx.trace.span;
  out.parent = ctx.trace.parent;
  return out;
}

std::vector<storage::RunEntry> rows_of(Entries entries, std::int64_t now_us) {
  std::vector<storage::RunEntry> out;
  std::int64_t seq = 0;
  for (Entry& entry : entries) {
    out.push_back({++seq, now_us, std::move(entry.kind), std::move(entry.body)});
  }
  return out;
}

base::Error no_agent(const std::string& name) {
  return fail(Errc::not_found, "There is no agent `" + name + "`.", "agent");
}

}  // namespace

// What a remote server says of a tool is part of what a run was begun with.
Task<void> Runner::add_remote_schemas(base::Context& ctx, Definitions& definitions) {
  ToolConfigs filled;
  for (const auto& [name, config] : definitions.tools) {
    ToolConfig& tool = filled.add(name);
    tool = config;
    if (!tool.mcp || !tool.input.empty()) continue;
    const std::string remote = tool.mcp->server + std::string(mcp::kNameJoint) +
                               (tool.mcp->tool.empty() ? name : tool.mcp->tool);
    if (tools_.mcp == nullptr) co_return fail(Errc::internal, "no MCP server is served");
    auto found = co_await tools_.mcp->find_tool(ctx, remote);
    if (!found) co_return found.error();
    if (*found == nullptr) {
      co_return fail(Errc::upstream_connect,
                     "the MCP server does not offer the tool " + remote + " to this caller now");
    }
    const ToolInfo& info = (*found)->info();
    tool.input.text = info.input_schema;
    if (tool.description.empty()) tool.description = info.description;
  }
  definitions.tools = std::move(filled);
  co_return Result<void>{};
}

Task<std::shared_ptr<const Pinned>> Runner::pin(base::Context& ctx, const std::string& agent) {
  const std::shared_ptr<const Definitions> all = definitions_.get();
  if (all->agents.find(agent) == nullptr) co_return no_agent(agent);
  if (pinned_from_ != all) {
    pinned_.clear();
    pinned_from_ = all;
  }
  const auto known = pinned_.find(agent);
  if (known != pinned_.end()) co_return known->second;
  Definitions those = reachable(*all, agent);
  const bool is_local = std::none_of(those.tools.begin(), those.tools.end(), [](const auto& tool) {
    return tool.second.mcp && tool.second.input.empty();
  });
  auto filled = co_await add_remote_schemas(ctx, those);
  if (!filled) co_return filled.error();
  auto pinned = Pinned::read(Pinned::write(those));
  if (pinned && is_local) pinned_[agent] = *pinned;
  co_return pinned;
}

Task<storage::RunRow> Runner::create(base::Context& ctx, const RunAsk& ask) {
  if (tools_.board.draining()) co_return fail(Errc::draining, "The server is shutting down.");
  if (tools_.board.live() >= kLiveMax)
    co_return fail(Errc::overloaded, "Too many runs are active.");
  auto pinned = co_await pin(ctx, ask.agent);
  if (!pinned) co_return pinned.error();
  storage::NewRun run;
  run.row.id = new_run_id(ctx.loop.random());
  run.row.owner = base::owner_of(*ctx.principal);
  run.row.user = ctx.user;
  run.row.agent = ask.agent;
  run.row.idempotency_key = ask.idempotency_key;
  run.row.fingerprint = ask.fingerprint;
  const RunOrigin origin = origin_of(ctx, ask);
  run.row.session = origin.session;
  Entries entries;
  entries.push_back(run_created(ask.agent, origin, ask.messages));
  if (ask.remembers) {
    auto recalled = co_await recall(ctx, run.row, *(*pinned)->agent(ask.agent));
    if (!recalled) co_return recalled.error();
    if (*recalled) entries.push_back(std::move(**recalled));
  }
  entries.push_back(agent_started(ask.agent, base::SpanId::random(ctx.loop.random())));
  run.entries = rows_of(std::move(entries), ctx.loop.clock().unix_us());
  auto begun = co_await begin(ctx, std::move(run), *pinned);
  co_return begun;
}

Task<storage::RunRow> Runner::begin(base::Context& ctx, storage::NewRun run,
                                    std::shared_ptr<const Pinned> pinned) {
  const std::int64_t now_us = ctx.loop.clock().unix_us();
  run.row.status = name(RunStatus::running);
  run.row.definition = pinned->digest();
  run.row.created_unix_us = now_us;
  run.row.updated_unix_us = now_us;
  run.definition = pinned->text();
  const std::string fingerprint = run.row.fingerprint;
  RunState state = fold(run.row.id, run.entries);
  const auto principal = std::make_shared<const base::Principal>(*ctx.principal);
  const RunPtr driven =
      std::make_shared<Run>(tools_, std::move(pinned), std::move(state), principal);
  base::Handoff<storage::CreatedRun> done(ctx.loop, never_);  // what is written is driven
  tools_.store.create(std::move(run), done.receiver());
  auto created = co_await done;
  if (!created) co_return created.error();
  if (!created->is_new) {
    if (created->row.fingerprint == fingerprint) co_return created->row;
    co_return fail(Errc::idempotency_key_reused,
                   "This Idempotency-Key was used for another request to this agent.");
  }
  if (const Slot slot = claim(created->row.id)) {
    *slot = driven;
    tasks_.spawn(drive(driven));
  }
  co_return created->row;
}

Task<storage::RunRow> Runner::fork(base::Context& ctx, const std::string& id,
                                   std::int64_t from_step) {
  base::Handoff<storage::StoredRun> found(ctx.loop, ctx.cancellation);
  tools_.store.find(id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  RunState state;
  state.id = id;
  storage::NewRun run;
  for (storage::RunEntry& entry : stored->entries) {
    if (entry.kind == kind::kModelBegun && state.steps + 1 == from_step) break;
    apply(state, entry);
    run.entries.push_back(std::move(entry));
  }
  if (run.entries.size() == stored->entries.size()) {
    co_return fail(Errc::invalid_request, "The run had no step " + std::to_string(from_step) + ".",
                   "from_step");
  }
  auto pinned = Pinned::read(stored->definition);
  if (!pinned) co_return pinned.error();
  RunOrigin origin = origin_of(ctx, {});
  origin.user = state.origin.user;
  origin.session = state.origin.session;
  origin.metadata = state.origin.metadata;
  // What was long ago is none of its time.
  Entry anew = run_recovered();
  run.entries.push_back({run.entries.back().seq + 1, tools_.loop.clock().unix_us(),
                         std::move(anew.kind), std::move(anew.body)});
  run.entries.front().body = forked_body(run.entries.front().body, state.agent, origin, id);
  run.row = {new_run_id(ctx.loop.random()), stored->row.owner, stored->row.user, state.agent};
  run.row.session = stored->row.session;
  auto begun = co_await begin(ctx, std::move(run), *pinned);
  co_return begun;
}

std::string Runner::agents_json() {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const auto& [name, agent] : definitions_.get()->agents) {
    writer.begin_object();
    writer.member("id", name);
    writer.member("object", "agent");
    writer.member("description", agent.description);
    writer.member("version", agent.version);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return out;
}

Runner::Slot Runner::claim(const std::string& id) {
  Slot slot = std::make_shared<std::weak_ptr<Run>>();
  const bool claimed = tools_.board.claim(id, [slot, &io = tools_.loop.io()] {
    boost::asio::post(io, [slot] {
      if (const auto alive = slot->lock()) alive->woken();
    });
  });
  return claimed ? slot : nullptr;
}

Task<Runner::RunPtr> Runner::load_claimed(const std::string& id, const Slot& slot) {
  auto run = co_await load(id);
  if (run) {
    *slot = *run;
    (*run)->woken();  // by what came meanwhile
  } else {
    tools_.board.abandon(id);
  }
  co_return run;
}

Async<void> Runner::drive(RunPtr run) { co_await run->drive(); }

// Of a run that nobody drove: the time until now is none of its work.
Async<void> Runner::go_on(RunPtr run) {
  const std::string& id = run->state().id;
  if (run->state().status == RunStatus::running) {
    auto told = co_await run->write(run_recovered());
    if (!told) {
      tools_.board.abandon(id);
      not_recovered(id, told.error());
      co_return;
    }
    tools_.log.info("run_recovered", {{"run", id}, {"step", run->state().steps}});
  }
  co_await run->drive();
}

// The rights of a run are those that its key has when it is taken up.
Task<Runner::RunPtr> Runner::load(const std::string& id) {
  base::Handoff<storage::StoredRun> found(tools_.loop, never_);
  tools_.store.find(id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  auto pinned = Pinned::read(stored->definition);
  if (!pinned) co_return pinned.error();
  RunState state = fold(id, stored->entries);
  std::shared_ptr<const base::Principal> principal;
  if (!state.origin.principal.key_id.empty()) principal = find_key_(state.origin.principal.key_id);
  const bool is_gone = principal == nullptr && !state.origin.principal.key_id.empty();
  if (principal == nullptr) {
    principal = std::make_shared<const base::Principal>(state.origin.principal);
  }
  auto run = std::make_shared<Run>(tools_, std::move(*pinned), std::move(state), principal);
  if (is_gone) run->revoke();
  co_return run;
}

void Runner::take_up(const std::string& id) {
  boost::asio::post(tools_.loop.io(), [this, id] { tasks_.spawn(recover(id)); });
}

// What is wrong with the journal may be over soon; what is not there any more is not tried again.
void Runner::not_recovered(const std::string& id, const base::Error& error) {
  tools_.log.error("run_not_recovered", {{"run", id}, {"error", error.detail}});
  if (error.code == Errc::not_found) {
    tools_.halted.forget(id);
  } else {
    tools_.halted.add(id, tools_.loop.now(), false);
  }
}

Async<void> Runner::recover(std::string id) {
  const Slot slot = claim(id);
  if (slot == nullptr) co_return;
  auto run = co_await load_claimed(id, slot);
  if (!run) {
    not_recovered(id, run.error());
    co_return;
  }
  co_await go_on(*run);
}

void Runner::expire(const std::string& id) {
  boost::asio::post(tools_.loop.io(), [this, id] { tasks_.spawn(end_waiting(id)); });
}

Async<void> Runner::end_waiting(std::string id) {
  Command command;
  command.kind = Command::Kind::expire;
  base::Context ctx{tools_.loop, never_};
  auto done = co_await this->command(ctx, id, command);
  if (!done) {
    tools_.log.warn("approval_not_expired", {{"run", id}, {"error", done.error().detail}});
  }
}

Task<void> Runner::command(base::Context& ctx, const std::string& id, Command command) {
  base::Handoff<void> done(ctx.loop, ctx.cancellation);
  command.then = done.receiver();
  if (!tools_.board.post(id, command)) {
    auto told = co_await command_stored(id, std::move(command));
    if (!told) co_return told;
  }
  auto obeyed = co_await done;
  co_return obeyed;
}

// Of a run that nobody drives: from now on this loop does.
Task<void> Runner::command_stored(const std::string& id, Command command) {
  if (const Slot slot = claim(id)) {
    tools_.board.post(id, command);
    auto run = co_await load_claimed(id, slot);
    if (!run) co_return run.error();
    tasks_.spawn(go_on(*run));
    co_return Result<void>{};
  }
  if (tools_.board.post(id, command)) co_return Result<void>{};
  co_return fail(Errc::draining, "The run cannot be taken up now; try again.");
}

}  // namespace headgate::agents
