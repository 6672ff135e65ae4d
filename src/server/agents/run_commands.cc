// What may be done to runs that are there: looked at, listed, cancelled, resumed, forked.
#include <utility>

#include "base/async/handoff.h"
#include "base/config/load.h"
#include "base/json/writer.h"
#include "base/owner.h"
#include "base/text/strings.h"
#include "server/agents/agent_call.h"
#include "server/agents/run_json.h"
#include "server/api/query.h"

namespace headgate::server {

using agents::Command;
using base::Result;
using base::Task;

namespace {

struct ResumeBody {
  std::string call_id;
  std::string outcome;
  base::config::Json result;

  template <class V>
  static void fields(V& v) {
    v.field("call_id", &ResumeBody::call_id, {.doc = "Which call of unknown outcome."});
    v.field("outcome", &ResumeBody::outcome, {.doc = "happened or did_not_happen."});
    v.field("result", &ResumeBody::result, {.doc = "Of a call that happened: for the model."});
  }
};

struct ForkBody {
  std::int64_t from_step = 1;

  template <class V>
  static void fields(V& v) {
    v.field("from_step", &ForkBody::from_step,
            {.doc = "The call of a model to make anew.", .min = 1, .max = 10'000});
  }
};

Result<Command> resume_command(const AgentCall& call) {
  if (auto may = must_be_operator(*call.ctx.principal); !may) return may.error();
  auto body = base::config::read_json<ResumeBody>(call.body);
  if (!body) return body.error();
  Command out;
  out.kind = Command::Kind::resume;
  out.call = std::move(body->call_id);
  out.outcome = std::move(body->outcome);
  out.result = body->result.empty() ? "{}" : agents::plain_value(body->result.text);
  return out;
}

Result<Command> command_of(const AgentCall& call) {
  if (call.path.resource == AgentResource::run_resume) return resume_command(call);
  return Command{};
}

std::string decoded(std::string_view query, std::string_view name) {
  return base::percent_decode(query_value(query, name));
}

}  // namespace

std::string actor_of(const base::Context& ctx) {
  const std::string key = ctx.principal->key_id.empty() ? "anonymous" : ctx.principal->key_id;
  return ctx.user.empty() ? key : ctx.user + " (" + key + ")";
}

Task<AgentReply> show_run(AgentCall& call, const std::string& id) {
  base::Handoff<storage::StoredRun> found(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().find(id, found.receiver());
  auto stored = co_await found;
  if (!stored) co_return stored.error();
  const agents::RunState state = agents::fold(id, stored->entries);
  co_return AgentReply{200, run_json(state, stored->row)};
}

Task<AgentReply> command_run(AgentCall& call) {
  auto row = co_await visible_run(call);
  if (!row) co_return row.error();
  auto command = command_of(call);
  if (!command) co_return command.error();
  command->by = actor_of(call.ctx);
  auto obeyed = co_await call.runner.command(call.ctx, row->id, std::move(*command));
  if (!obeyed) co_return obeyed.error();
  auto shown = co_await show_run(call, row->id);
  co_return shown;
}

Task<AgentReply> fork_run(AgentCall& call) {
  auto row = co_await visible_run(call);
  if (!row) co_return row.error();
  const auto body = base::config::read_json<ForkBody>(call.body);
  if (!body) co_return body.error();
  auto forked = co_await call.runner.fork(call.ctx, row->id, body->from_step);
  if (!forked) co_return forked.error();
  call.run_id = forked->id;
  call.ctx.retried = true;
  auto shown = co_await show_run(call, forked->id);
  if (shown) shown->status = 202;
  co_return shown;
}

Task<AgentReply> list_runs(AgentCall& call) {
  const std::string_view query = call.exchange.request().query;
  storage::RunFilter filter;
  const base::Principal& who = *call.ctx.principal;
  filter.owner = base::owner_of(who);
  if (!is_operator(who)) filter.user = call.ctx.user;
  filter.agent = decoded(query, "agent");
  filter.status = decoded(query, "status");
  filter.before = decoded(query, "before");
  filter.rows_max = static_cast<std::int64_t>(list_limit(query));
  base::Handoff<std::vector<storage::RunRow>> found(call.ctx.loop, call.ctx.cancellation);
  call.runner.store().list(std::move(filter), found.receiver());
  auto rows = co_await found;
  if (!rows) co_return rows.error();
  AgentReply out;
  base::json::Writer writer(out.body);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const storage::RunRow& row : *rows) writer.raw(run_row_json(row));
  writer.end_array();
  writer.end_object();
  co_return out;
}

}  // namespace headgate::server
