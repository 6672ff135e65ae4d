#include "gateway/pipeline.h"

#include <utility>

#include "gateway/attempt.h"
#include "gateway/headers.h"

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
  call.model = model;
  call.route = &call.catalog->route_for(name, *call.ctx.principal);
  return {};
}

// The body to send: the caller's own bytes unless policy must change some of them.
std::optional<std::string> edited(const Call& call, std::string_view body) {
  llm::chat::Edits edits;
  if (call.model->upstream_model != call.request.model) edits.model = call.model->upstream_model;
  edits.include_usage = call.request.stream && call.route->inject_usage;
  return llm::openai::edit_chat_request(body, call.request, edits);
}

}  // namespace

Pipeline::Pipeline(base::Loop& loop, const base::SnapshotCell<Catalog>& catalog, CallTools tools)
    : catalog_(catalog), upstreams_(loop), tools_(tools) {}

Task<void> Pipeline::run(base::Context& ctx, const http::Headers& headers, std::string_view body,
                         AnswerSink& answer) {
  Call call(ctx, catalog_.get());
  call.wants_trailers = takes_trailers(headers);
  auto served = co_await serve(call, headers, body, answer);
  if (!served) {
    call.error = served.error();
    call.reply_status = base::row(served.error().code).http_status;
  }
  call.settle(tools_);
  co_return served;
}

Task<void> Pipeline::serve(Call& call, const http::Headers& headers, std::string_view body,
                           AnswerSink& answer) {
  llm::chat::Limits limits;
  limits.depth_max = call.catalog->json_depth_max;
  auto request = llm::openai::scan_chat_request(body, limits);
  if (!request) co_return request.error();
  call.request = std::move(*request);

  const auto assigned = assign(call);
  if (!assigned) co_return assigned.error();

  const auto changed = edited(call, body);
  const std::string_view to_send = changed ? std::string_view(*changed) : body;
  auto done = co_await run_attempt(call, tools_, upstreams_, headers, to_send, answer);
  co_return done;
}

}  // namespace headgate::gateway
