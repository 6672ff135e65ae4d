#include "agents/mcp_client/client.h"

#include <algorithm>
#include <utility>

#include "agents/mcp/header_value.h"
#include "agents/mcp_client/ask.h"
#include "base/async/loop.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr int kTriesMax = 4;  // of one request: lost session, credentials
constexpr base::Duration kProbeTime = base::seconds(5);
constexpr base::Duration kCancelTime = base::seconds(5);

bool is_timeout(Errc code) {
  return code == Errc::timeout_total || code == Errc::timeout_idle || code == Errc::cancelled;
}

base::Error refused(const WireAnswer& answer) {
  const bool auth = answer.http_status == 401 || answer.http_status == 403;
  return fail(auth ? Errc::upstream_auth : Errc::upstream_status,
              "the MCP server answered with status " + std::to_string(answer.http_status));
}

}  // namespace

RemoteServer::RemoteServer(base::Loop& loop, std::unique_ptr<Wire> wire, RemoteOptions options,
                           const ClientParts& parts)
    : loop_(loop),
      wire_(std::move(wire)),
      options_(std::move(options)),
      parts_(parts),
      tasks_(loop, [this](std::string_view what) {
        if (parts_.log != nullptr) {
          parts_.log->error("mcp_client", {{"server", options_.name}, {"error", what}});
        }
      }) {}

RemoteServer::~RemoteServer() = default;

base::Context RemoteServer::own_context(base::Cancellation& cancellation) const {
  return base::Context{loop_, cancellation};
}

std::string RemoteServer::compose(const Ask& ask, std::string_view id,
                                  const base::TraceContext& trace) const {
  const Travelling with{ask.wants_progress ? id : std::string_view(), ask.idempotency_key, trace,
                        ask.nesting};
  const std::string meta =
      facts_.era == Era::modern ? modern_meta(ask.features, with) : legacy_meta(with);
  std::string out = "{";
  if (!meta.empty()) out += "\"_meta\":" + meta;
  if (!meta.empty() && !ask.members.empty()) out += ',';
  out += ask.members;
  out += '}';
  return out;
}

// One message and its answer, whatever that is.
Task<WireAnswer> RemoteServer::ask_once(base::Context& ctx, const Ask& ask,
                                        WireListener& listener) {
  WireRequest request;
  request.id = std::to_string(next_id_++);
  request.method = ask.method;
  request.once = ask.once;
  request.params =
      ask.method == method::kInitialize ? ask.members : compose(ask, request.id, ctx.trace);
  if (facts_.era == Era::modern && wire_->has_headers()) {
    request.headers = ask.headers;
    request.headers.push_back({"Mcp-Method", ask.method});
    if (!ask.name.empty()) request.headers.push_back({"Mcp-Name", to_header_value(ask.name)});
  }
  auto answer = co_await wire_->request(ctx, request, listener);
  // Over HTTP the modern era takes the end of the connection for it; the others want to be told.
  const bool tells = facts_.era == Era::legacy || !wire_->has_headers();
  const bool begun = ask.method != method::kInitialize && ask.method != method::kDiscover;
  if (!answer && is_timeout(answer.error().code) && tells && begun) {
    tasks_.spawn(tell_cancelled(shared_from_this(), request.id));
  }
  co_return answer;
}

Async<void> RemoteServer::tell_cancelled(std::shared_ptr<RemoteServer> self, std::string id) {
  base::Context ctx = self->own_context(self->life_);
  ctx.deadline = loop_.now() + kCancelTime;
  const std::string params = "{\"requestId\":" + id + ",\"reason\":\"no longer wanted\"}";
  const std::string message = write_notification(method::kCancelled, params);
  auto sent = co_await self->wire_->send(ctx, message);
}

Task<bool> RemoteServer::authorise(base::Context& ctx, const WireAnswer& answer) {
  const bool refuses = answer.http_status == 401 || answer.http_status == 403;
  if (!refuses || parts_.authorizer == nullptr) co_return false;
  auto again = co_await parts_.authorizer->challenged(ctx, answer.http_status, answer.challenge);
  co_return again;
}

// A request that was refused for its credential or its session was not carried out.
Task<WireAnswer> RemoteServer::ask(base::Context& ctx, const Ask& ask, WireListener& listener) {
  for (int tries = 1;; ++tries) {
    auto connected = co_await connect(ctx);
    if (!connected) co_return connected.error();
    auto answer = co_await ask_once(ctx, ask, listener);
    if (!answer || tries >= kTriesMax) co_return answer;
    const bool lost = facts_.era == Era::legacy && answer->http_status == 404 &&
                      wire_->has_session() && answer->result.empty();
    if (lost) {
      wire_->forget_session();
      state_ = State::idle;
      continue;
    }
    auto again = co_await authorise(ctx, *answer);
    if (!again) co_return again.error();
    if (!*again) co_return answer;
  }
}

Task<std::string> RemoteServer::result_of(base::Context& ctx, const Ask& ask,
                                          WireListener& listener) {
  auto answer = co_await this->ask(ctx, ask, listener);
  if (!answer) co_return answer.error();
  if (answer->error) co_return error_of(*answer->error);
  if (answer->result.empty()) co_return refused(*answer);
  co_return std::move(answer->result);
}

Task<void> RemoteServer::connect(base::Context& ctx) {
  while (state_ == State::connecting) {
    const std::shared_ptr<base::Cancellation> done = connected_;
    co_await base::sleep_until(loop_, ctx.deadline, *done);
    if (ctx.cancellation.cancelled()) co_return fail(Errc::cancelled, "the caller went away");
    if (loop_.now() >= ctx.deadline) {
      co_return fail(Errc::timeout_total, "no connection to the MCP server in time");
    }
  }
  if (state_ == State::connected && wire_->alive()) co_return Result<void>{};
  state_ = State::connecting;
  connected_ = std::make_shared<base::Cancellation>();
  auto shaken = co_await handshake(ctx);
  state_ = shaken ? State::connected : State::idle;
  if (shaken) watch();
  connected_->cancel();
  co_return shaken;
}

Task<void> RemoteServer::handshake(base::Context& ctx) {
  facts_ = {};
  fresh_until_.reset();
  wire_->forget_session();
  if (options_.era != EraWish::legacy) {
    auto modern = co_await try_modern(ctx);
    if (!modern) co_return modern.error();
    if (*modern) co_return Result<void>{};
    if (options_.era == EraWish::modern) {
      co_return fail(Errc::upstream_status,
                     "the MCP server does not speak " + std::string(kModern));
    }
  }
  auto begun = co_await begin_session(ctx);
  co_return begun;
}

Task<bool> RemoteServer::try_modern(base::Context& ctx) {
  facts_.era = Era::modern;
  wire_->set_version(kModern);
  Ask discover;
  discover.method = method::kDiscover;
  discover.features = options_.features;
  Deaf deaf;
  // A legacy server behind pipes may keep silent until it is initialised.
  base::Context probe = ctx;
  if (!wire_->has_headers()) probe.deadline = std::min(ctx.deadline, loop_.now() + kProbeTime);
  for (int tries = 1; tries <= kTriesMax; ++tries) {
    auto answer = co_await ask_once(probe, discover, deaf);
    const bool silent = !answer && answer.error().code == Errc::timeout_total;
    if (silent && !wire_->has_headers()) co_return false;
    if (!answer) co_return answer.error();
    auto again = co_await authorise(ctx, *answer);
    if (!again) co_return again.error();
    if (*again) continue;
    const bool refuses = answer->http_status == 401 || answer->http_status == 403;
    if (refuses && !answer->error) co_return refused(*answer);
    const Discovery found = discovered(*answer, facts_);
    if (found != Discovery::again) co_return found == Discovery::modern;
  }
  co_return fail(Errc::upstream_auth, "the MCP server keeps refusing");
}

Task<void> RemoteServer::begin_session(base::Context& ctx) {
  facts_.era = Era::legacy;
  wire_->set_version({});
  Ask begin;
  begin.method = method::kInitialize;
  begin.members = initialize_params(options_.features);
  Deaf deaf;
  for (int tries = 1; tries <= kTriesMax; ++tries) {
    auto answer = co_await ask_once(ctx, begin, deaf);
    if (!answer) co_return answer.error();
    auto again = co_await authorise(ctx, *answer);
    if (!again) co_return again.error();
    if (*again) continue;
    auto facts = initialized(*answer);
    if (!facts) co_return facts.error();
    facts_ = std::move(*facts);
    wire_->set_version(facts_.version);
    const std::string message = write_notification(method::kInitialized, {});
    auto sent = co_await wire_->send(ctx, message);
    co_return sent;
  }
  co_return fail(Errc::upstream_auth, "the MCP server keeps refusing");
}

}  // namespace headgate::agents::mcp
