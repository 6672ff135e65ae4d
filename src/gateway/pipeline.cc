#include "gateway/pipeline.h"

#include <utility>

#include "base/async/loop.h"
#include "gateway/degraded/keeping_sink.h"
#include "gateway/delivery/admission.h"
#include "gateway/delivery/deadline.h"
#include "gateway/delivery/deliver.h"
#include "gateway/output/enforce.h"
#include "gateway/prepare.h"
#include "gateway/responses/stored_call.h"
#include "gateway/upstream/headers.h"
#include "llm/codecs.h"

namespace headgate::gateway {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

// Which model, whether this caller may have it, and by which route's rules.
Result<void> assign(Call& call) {
  const std::string& name = call.request.model;
  const Model* model = call.catalog->find(name);
  if (model == nullptr || !may_use(*call.ctx.principal, name)) {
    // One answer for both, so that a key cannot be used to find out which models exist.
    return fail(Errc::model_not_found,
                "The model `" + name + "` does not exist or you do not have access to it.",
                "model");
  }
  call.asked_model = model;
  call.route = &call.catalog->route_for(name, *call.ctx.principal);
  call.ctx.deadline = deadline_of(call);
  return {};
}

bool keeps_answers(const Call& call) {
  return call.route->last_answers && call.ask.operation == Operation::chat;
}

// What the caller sent, in the words of whoever gets it.
class AskedBodies final : public RequestBodies {
 public:
  explicit AskedBodies(SignatureVault& vault) : vault_(vault) {}
  Result<void> write(Attempt& attempt) override { return prepare(attempt, vault_); }

 private:
  SignatureVault& vault_;
};

}  // namespace

Pipeline::Pipeline(base::Loop& loop, const base::SnapshotCell<Catalog>& catalog, CallTools tools)
    : catalog_(catalog), upstreams_(loop), tools_(tools) {}

Task<void> Pipeline::run(base::Context& ctx, const Ask& ask, AnswerSink& answer) {
  Call call(ctx, ask, catalog_.get());
  call.wants_trailers = takes_trailers(ask.headers);
  auto served = co_await serve(call, answer);
  if (!served) {
    call.error = served.error();
    call.reply_status = llm::codec(ask.dialect).error_status(served.error().code);
  }
  call.settle(tools_);
  co_return served;
}

Task<void> Pipeline::serve(Call& call, AnswerSink& answer) {
  const auto scanned = scan(call);
  if (!scanned) co_return scanned.error();

  const auto assigned = assign(call);
  if (!assigned) co_return assigned.error();

  RoutePlaces places;
  auto entered = co_await enter_route(call, places);
  if (!entered) co_return entered.error();

  auto recalled = co_await recall(call, tools_);
  if (!recalled) co_return recalled.error();

  KeepingSink keeping(call, answer);
  AnswerSink& caller = keeps_answers(call) ? keeping : answer;

  const auto enforced = is_enforced(call);
  if (!enforced) co_return enforced.error();
  if (*enforced) {
    auto checked = co_await run_enforced(call, tools_, upstreams_, caller);
    co_return checked;
  }

  AskedBodies bodies(tools_.vault);
  const DeliveryTools tools{tools_, upstreams_, bodies};
  auto done = co_await deliver(call, tools, caller);
  co_return done;
}

}  // namespace headgate::gateway
