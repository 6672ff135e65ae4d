// One call of a model by way of the gateway's pipeline, as a client's would go: routes, retries,
// fallback, price and trace are those of every call. The answer comes back whole. On the loop of
// the context.
#pragma once

#include <optional>
#include <string>

#include "base/async/task.h"
#include "base/context.h"
#include "base/money.h"
#include "gateway/pipeline.h"

namespace headgate::agents {

struct ModelAnswer {
  std::string body;                       // in OpenAI's form
  std::optional<base::Picodollars> cost;  // nothing: unpriced
};

/// `body`: a request in OpenAI's form. Errors: of the pipeline; upstream_status: it is no answer.
base::Task<ModelAnswer> call_model(base::Context& ctx, gateway::Pipeline& pipeline,
                                   const std::string& body);

}  // namespace headgate::agents
