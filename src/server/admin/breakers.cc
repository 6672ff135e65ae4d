#include "server/admin/breakers.h"

#include <utility>

#include "base/async/loop.h"
#include "base/config/load.h"
#include "base/json/writer.h"
#include "base/text/utc.h"
#include "server/admin/admin_call.h"
#include "server/admin/audited.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::MonoTime;
using base::Task;
using resilience::BreakerState;

namespace {

// A time to come as UTC; null for what has passed or never comes.
void member_time(base::json::Writer& out, std::string_view name, MonoTime at, MonoTime now,
                 std::int64_t unix_us) {
  if (at <= now || at == MonoTime::max()) return out.member_null(name);
  const auto in = std::chrono::duration_cast<base::microseconds>(at - now);
  out.member(name, base::utc_text(unix_us + in.count()));
}

bool is_forced(BreakerState state) {
  return state == BreakerState::forced_open || state == BreakerState::forced_closed;
}

// Without "forced_", which is a member of its own.
std::string_view plain(BreakerState state) {
  if (state == BreakerState::forced_open) state = BreakerState::open;
  if (state == BreakerState::forced_closed) state = BreakerState::closed;
  return resilience::name_of(state);
}

void write(base::json::Writer& out, const gateway::TargetHealth& target, MonoTime now,
           std::int64_t unix_us) {
  const auto state = target.state(now);
  out.begin_object();
  out.member("provider", target.provider());
  out.member("model", target.model());
  out.member("state", plain(state.breaker));
  out.member("forced", is_forced(state.breaker));
  out.member("enabled", state.enabled);
  out.member("reason", state.reason);
  member_time(out, "retry_at", state.retry_at, now, unix_us);
  member_time(out, "asked_to_wait_until", state.not_before, now, unix_us);
  out.member("openings", state.opened_total);
  out.member("probes", state.probes_total);
  out.member("rejections", state.rejected_total);
  out.end_object();
}

}  // namespace

std::optional<BreakerState> forced_state(WantedBreaker wanted) {
  switch (wanted) {
    case WantedBreaker::open: return BreakerState::forced_open;
    case WantedBreaker::closed: return BreakerState::forced_closed;
    case WantedBreaker::automatic: break;
  }
  return std::nullopt;
}

std::string breaker_json(const gateway::TargetHealth& target, MonoTime now, std::int64_t unix_us) {
  std::string out;
  base::json::Writer writer(out);
  write(writer, target, now, unix_us);
  return out;
}

std::string breakers_json(const gateway::Health& health, MonoTime now, std::int64_t unix_us) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const auto& target : health.targets()) write(writer, *target, now, unix_us);
  writer.end_array();
  writer.end_object();
  return out;
}

Task<std::string> change_breaker(AdminCall& call) {
  const auto wanted = base::config::read_json<BreakerChange>(call.body);
  if (!wanted) co_return wanted.error();
  const std::string name = call.path.provider + "/" + call.path.model;
  const auto target = call.tools.health.target(call.path.provider, call.path.model);
  if (!target) {
    co_return fail(Errc::not_found, "There is no breaker of \"" + name +
                                        "\"; GET /admin/v1/breakers names them by provider and the "
                                        "provider's name of the model.");
  }
  if (!target->state(call.ctx.loop.now()).enabled) {
    co_return fail(Errc::conflict, "The breaker of \"" + name +
                                       "\" is switched off (breaker.enabled: false): it is always "
                                       "called.");
  }
  storage::AuditAction what;
  what.action = "breaker.force";
  what.subject = name;
  what.detail = base::config::to_json(*wanted);
  auto act = [target, state = forced_state(wanted->state)] {
    target->force(state);
    return base::Result<void>{};
  };
  auto done = co_await audited(call.ctx, call.tools, std::move(what), std::move(act));
  if (!done) co_return done.error();
  co_return breaker_json(*target, call.ctx.loop.now(), call.ctx.loop.clock().unix_us());
}

}  // namespace headgate::server
