// The public API's values as the program within has them, and back. Names are the same on both
// sides in places: outside is what stands in headgate itself, inside what stands in its namespaces
// below. Pure.
#pragma once

#include "agents/native/native_tool.h"
#include "base/result.h"
#include "headgate/result.h"
#include "headgate/run.h"
#include "headgate/tool.h"
#include "server/local/local_runs.h"

namespace headgate::embed {

Error outside(const base::Error& error);
Run outside(const server::LocalRun& run);
/// Calls `function` with what `call` says.
agents::NativeFunction inside(ToolFunction function);
base::Principal inside(const Caller& caller);
/// Errors: invalid_request.
base::Result<server::LocalAsk> inside(const RunRequest& request);
server::LocalDecision inside(const Decision& decision, bool approves);

}  // namespace headgate::embed
