#include "gateway/delivery/admission.h"

#include <string>
#include <utility>

#include "base/async/loop.h"

namespace headgate::gateway {

using base::Errc;
using base::Error;
using base::fail;
using base::Result;

namespace {

Error too_many(const std::string& whose) {
  return fail(Errc::rate_limited,
              "too many calls at a time of " + whose + "; wait for some of them to end");
}

// Another tenant's workflow of the same name is another one.
std::string workflow_key(const Call& call) {
  return call.ctx.principal->tenant + '\n' + call.ctx.workflow;
}

Result<void> enter_keyed(Call& call, RoutePlaces& places) {
  const Route& route = *call.route;
  if (route.per_tenant) {
    places.tenant = route.per_tenant->enter(call.ctx.principal->tenant);
    if (!places.tenant.is_held()) return too_many("tenant \"" + call.ctx.principal->tenant + '"');
  }
  if (route.per_workflow && !call.ctx.workflow.empty()) {
    places.workflow = route.per_workflow->enter(workflow_key(call));
    if (!places.workflow.is_held()) return too_many("workflow \"" + call.ctx.workflow + '"');
  }
  return {};
}

Error no_slot(const Slots::Entry& entry, const std::string& where) {
  if (entry.why == Errc::cancelled) return fail(Errc::cancelled, "the caller went away");
  return fail(Errc::overloaded, where +
                                    " has as many calls as it may, and no room in its queue "
                                    "that would be served in time");
}

}  // namespace

base::Task<void> enter_route(Call& call, RoutePlaces& places) {
  const Route& route = *call.route;
  const auto keyed = enter_keyed(call, places);
  if (!keyed) co_return keyed.error();
  if (!route.slots) co_return Result<void>{};
  auto entry = co_await route.slots->enter(call.ctx, call.ctx.principal->tenant, call.ctx.deadline);
  if (!entry.slot.is_held()) {
    if (entry.retry_after) call.ctx.retry_after = *entry.retry_after;
    co_return no_slot(entry, "route \"" + route.name + '"');
  }
  call.queued += entry.waited;
  places.slot = std::move(entry.slot);
  co_return Result<void>{};
}

base::Async<std::optional<Failure>> enter_provider(Call& call, const Model& model, Slot& slot) {
  const Provider& provider = *model.provider;
  auto entry =
      co_await provider.slots->enter(call.ctx, call.ctx.principal->tenant, call.ctx.deadline);
  if (entry.slot.is_held()) {
    call.queued += entry.waited;
    slot = std::move(entry.slot);
    co_return std::nullopt;
  }
  Failure full = failure_of(no_slot(entry, "provider \"" + provider.name + '"'));
  if (entry.why != Errc::cancelled) {
    full.retry_after = entry.retry_after;
    full.should_retry = true;
    call.skipped.push_back({&model, "full"});
  }
  co_return full;
}

}  // namespace headgate::gateway
