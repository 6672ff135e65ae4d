#include "agents/model_calls/model_call.h"

#include <utility>

#include "gateway/owned_ask.h"

namespace headgate::agents {

using base::Task;

Task<ModelAnswer> call_model(base::Context& ctx, gateway::Pipeline& pipeline,
                             const std::string& body, TextSink* text) {
  const http::Headers no_headers;
  const gateway::Ask bare{
      llm::chat::Dialect::openai_chat, gateway::Operation::chat, {}, no_headers, body, {}};
  // The trailer of a stream says what it has cost.
  const gateway::OwnedAsk owned(bare, gateway::OwnedAsk::Trailers::taken);
  const gateway::Ask padded = owned.ask();
  AnswerKeeper kept(text);
  auto done = co_await pipeline.run(ctx, padded, kept);
  if (!done) co_return done.error();
  auto answer = kept.take();
  if (!answer) co_return answer.error();
  ModelAnswer out{std::move(*answer), kept.cost()};
  co_return out;
}

bool may_stream(const base::Context& ctx, gateway::Pipeline& pipeline, const std::string& model) {
  const gateway::Route& route = pipeline.catalog()->route_for(model, *ctx.principal);
  return route.inject_usage && route.structured_output != gateway::StructuredOutput::enforce;
}

}  // namespace headgate::agents
