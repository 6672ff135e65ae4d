#include "gateway/chaos/upstream_fault.h"

#include <string>
#include <utility>

#include "base/async/loop.h"
#include "llm/codecs.h"

namespace headgate::gateway {

using base::Errc;
using resilience::ChaosKind;
using resilience::ChaosRule;

namespace {

// What a provider that answers with this status calls it.
Errc said_with(int status) {
  switch (status) {
    case 401: return Errc::unauthenticated;
    case 403: return Errc::permission_denied;
    case 404: return Errc::model_not_found;
    case 409: return Errc::conflict;
    case 413: return Errc::payload_too_large;
    case 429: return Errc::rate_limited;
    case 503:
    case 529: return Errc::overloaded;
    default: break;
  }
  return status < 500 ? Errc::invalid_request : Errc::internal;
}

std::string answer(const ChaosRule& rule, const Attempt& attempt) {
  const auto& fault = rule.fault;
  const int status = static_cast<int>(*fault.status);
  const base::Error error =
      base::fail(said_with(status), fault.message.value_or("chaos, by rule \"" + rule.id + '"'));
  const std::string body =
      llm::codec(attempt.upstream_dialect).error_body(error, attempt.call.ctx.request_id);
  std::string out = "HTTP/1.1 " + std::to_string(status) + " Chaos\r\n";
  out += "content-type: application/json\r\nconnection: close\r\n";
  if (fault.retry_after_s) {
    out += "retry-after: " + std::to_string(*fault.retry_after_s) + "\r\n";
  }
  return out + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

resilience::ChaosCall seen_by_rules(const Attempt& attempt) {
  const Call& call = attempt.call;
  const base::Context& ctx = call.ctx;
  resilience::ChaosCall out;
  out.request_id = ctx.request_id;
  out.route = call.route->name;
  out.provider = attempt.model.provider->name;
  out.model = attempt.model.name;
  out.tenant = ctx.principal->tenant;
  out.user = !ctx.user.empty() ? std::string_view(ctx.user) : std::string_view(call.request.user);
  out.key = ctx.principal->key_id;
  out.session = ctx.session;
  return out;
}

}  // namespace

http::CallFault fault_of(const ChaosRule& rule, const Attempt& attempt) {
  using Kind = http::CallFault::Kind;
  const auto& fault = rule.fault;
  http::CallFault out;
  const auto delayed = [&](Kind kind, std::int64_t ms) {
    out.kind = kind;
    out.delay = base::milliseconds(ms);
  };
  const auto within = [&](Kind kind, std::int64_t bytes) {
    out.kind = kind;
    out.after_bytes = static_cast<std::uint64_t>(bytes);
  };
  switch (fault.kind()) {
    case ChaosKind::delay: delayed(Kind::delay, *fault.delay_ms); break;
    case ChaosKind::status:
      out.kind = Kind::answer;
      out.answer = answer(rule, attempt);
      break;
    case ChaosKind::reset: out.kind = Kind::reset; break;
    case ChaosKind::first_token_delay:
      delayed(Kind::body_delay, *fault.first_token_delay_ms);
      break;
    case ChaosKind::cut: within(Kind::cut, *fault.cut_after_bytes); break;
    case ChaosKind::stall: within(Kind::stall, *fault.stall_after_bytes); break;
    case ChaosKind::malformed: within(Kind::malformed, *fault.malformed_after_bytes); break;
  }
  return out;
}

std::optional<http::CallFault> picked_fault(Attempt& attempt, CallTools& tools) {
  base::Loop& loop = attempt.call.ctx.loop;
  auto entry = tools.chaos->pick(seen_by_rules(attempt), loop.now(), loop.random());
  if (!entry) return std::nullopt;
  http::CallFault out = fault_of(entry->rule, attempt);
  tools.metrics.observe(
      telemetry::ChaosSample{name(entry->rule.fault.kind()), attempt.model.provider->name});
  attempt.attributes.push_back({"chaos", entry->rule.id});
  attempt.chaos = std::move(entry);
  return out;
}

}  // namespace headgate::gateway
