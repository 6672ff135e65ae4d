#include "server/agents/agents_api.h"

#include "gateway/upstream/headers.h"
#include "server/ag_ui/ag_ui.h"
#include "server/agents/agent_call.h"
#include "server/agents/new_run.h"
#include "server/agents/run_events.h"
#include "server/api/identity.h"
#include "server/api/model_calls.h"
#include "server/approvals/approvals_api.h"
#include "server/sessions/sessions_api.h"

namespace headgate::server {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr auto kDialect = llm::chat::Dialect::openai_chat;
constexpr std::size_t kBodyBytesMax = 1024 * 1024;
constexpr std::size_t kWebhookBytesMax = 256 * 1024;

Result<void> may_ask(const AgentPath& path, const http::RequestHead& request) {
  const std::string what = std::string(request.method_text) + " " + std::string(request.path) + ".";
  if (path.resource == AgentResource::unknown) {
    return fail(Errc::not_found, "Unknown request URL: " + what);
  }
  const std::string allowed = ", " + std::string(path.allow) + ", ";
  const std::string asked = ", " + std::string(request.method_text) + ", ";
  if (allowed.find(asked) != std::string::npos) return {};
  return fail(Errc::method_not_allowed,
              "Not allowed: " + what + " Allowed: " + std::string(path.allow));
}

Async<void> reply(AgentCall& call, const Result<AgentReply>& answer) {
  if (!answer && !call.run_id.empty()) {
    co_await reply_run_error(call.exchange, call.ctx, kDialect, answer.error(), call.run_id);
    co_return;
  }
  if (!answer) {
    co_await reply_error(call.exchange, call.ctx, kDialect, answer.error());
    co_return;
  }
  http::ReplyHead head(answer->status);
  head.add("content-type", "application/json");
  gateway::add_ids(call.ctx, head);
  auto sent = co_await call.exchange.reply(head, answer->body);
}

Task<AgentReply> answer(AgentCall& call) {
  switch (call.path.resource) {
    case AgentResource::agents: co_return AgentReply{200, call.runner.agents_json()};
    case AgentResource::runs: {
      auto listed = co_await list_runs(call);
      co_return listed;
    }
    case AgentResource::run: {
      auto row = co_await visible_run(call);
      if (!row) co_return row.error();
      auto shown = co_await show_run(call, row->id);
      co_return shown;
    }
    case AgentResource::approvals: {
      auto listed = co_await list_approvals(call);
      co_return listed;
    }
    case AgentResource::sessions:
    case AgentResource::session: {
      auto answered = co_await sessions_api(call);
      co_return answered;
    }
    case AgentResource::run_approval: {
      auto decided = co_await decide_call(call);
      co_return decided;
    }
    case AgentResource::run_fork: {
      auto forked = co_await fork_run(call);
      co_return forked;
    }
    default: break;
  }
  auto obeyed = co_await command_run(call);
  co_return obeyed;
}

Async<void> new_run(AgentCall& call) {
  const auto asked = read_new_run(call);
  if (!asked) {
    co_await reply_error(call.exchange, call.ctx, kDialect, asked.error());
    co_return;
  }
  if (!asked->stream) {
    auto answered = co_await answer_new_run(call, *asked);
    co_await reply(call, answered);
    co_return;
  }
  auto created = co_await call.runner.create(call.ctx, asked->ask);
  if (!created) {
    co_await reply_error(call.exchange, call.ctx, kDialect, created.error());
    co_return;
  }
  const std::int64_t after = events_after(call.exchange.request());
  co_await stream_run(call, created->id, after);
}

Async<void> events(AgentCall& call) {
  auto row = co_await visible_run(call);
  if (!row) {
    co_await reply_error(call.exchange, call.ctx, kDialect, row.error());
    co_return;
  }
  const std::int64_t after = events_after(call.exchange.request());
  co_await stream_run(call, row->id, after);
}

}  // namespace

namespace {

// Whoever it is has no key: the signature over the body says for whom.
Async<void> webhook(http::Exchange& exchange, base::Context& ctx, LoopServices& services,
                    const AgentPath& path) {
  if (auto may = may_ask(path, exchange.request()); !may) {
    co_await reply_error(exchange, ctx, kDialect, may.error(), path.allow);
    co_return;
  }
  const auto body = co_await exchange.read_body(kWebhookBytesMax);
  if (!body) {
    co_await reply_error(exchange, ctx, kDialect, body.error());
    co_return;
  }
  AgentCall call{exchange, ctx, *services.runner, path, *body};
  auto answered = co_await decide_by_webhook(call, *services.webhooks_seen);
  co_await reply(call, answered);
}

}  // namespace

Async<void> agents_api(http::Exchange& exchange, LoopServices& services, const AgentPath& path) {
  base::Context ctx = make_context(exchange, services);
  if (path.resource == AgentResource::approval_webhook) {
    co_await webhook(exchange, ctx, services, path);
    co_return;
  }
  std::shared_ptr<const base::Principal> principal;
  const bool admitted = co_await admit(ctx, exchange, services, kDialect, principal);
  if (!admitted) co_return;
  if (auto may = may_ask(path, exchange.request()); !may) {
    co_await reply_error(exchange, ctx, kDialect, may.error(), path.allow);
    co_return;
  }
  const auto body = co_await exchange.read_body(kBodyBytesMax);
  if (!body) {
    co_await reply_error(exchange, ctx, kDialect, body.error());
    co_return;
  }
  AgentCall call{exchange, ctx, *services.runner, path, *body};
  if (path.resource == AgentResource::agent_runs) {
    co_await new_run(call);
  } else if (path.resource == AgentResource::agent_ag_ui) {
    co_await ag_ui(call);
  } else if (path.resource == AgentResource::run_events) {
    co_await events(call);
  } else {
    auto answered = co_await answer(call);
    co_await reply(call, answered);
  }
}

}  // namespace headgate::server
