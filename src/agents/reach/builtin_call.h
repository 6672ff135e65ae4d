// Calls of Headgate's own tools: time, calculator, searches of a knowledge base, what a person
// answered. What goes wrong in one is told to the model as a failed call. On the loop of the
// context, whose retriever it is.
#pragma once

#include "agents/http_tools/request.h"
#include "agents/retrieval/retriever.h"
#include "agents/tools/tool.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents {

/// REQUIRES: arguments that fit the tool's schema. `retriever`: of the context's loop.
base::Async<ToolResult> call_builtin(base::Context& ctx, const RunCall& call,
                                     knowledge::Retriever& retriever);

}  // namespace headgate::agents
