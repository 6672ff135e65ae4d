// One call of a model by way of the gateway's pipeline, as a client's would go: routes, retries,
// fallback, price and trace are those of every call. The answer comes back whole, also where it was
// asked for as a stream. On the loop of the context.
#pragma once

#include <optional>
#include <string>

#include "agents/model_calls/answer_keeper.h"
#include "base/async/task.h"
#include "base/context.h"
#include "base/money.h"
#include "gateway/pipeline.h"

namespace headgate::agents {

struct ModelAnswer {
  llm::chat::Answer answer;
  std::optional<base::Picodollars> cost;  // nothing: unpriced
};

/// `body`: a request in OpenAI's form. `text` is told of a streamed answer's; may be null. Errors:
/// of the pipeline; upstream_status: it is no answer.
base::Task<ModelAnswer> call_model(base::Context& ctx, gateway::Pipeline& pipeline,
                                   const std::string& body, TextSink* text = nullptr);

/// Whether an answer of `model` can be asked for as a stream and be the same: streams tell their
/// usage, and nothing has to see the whole answer before anybody gets some of it.
bool may_stream(const base::Context& ctx, gateway::Pipeline& pipeline, const std::string& model);

}  // namespace headgate::agents
