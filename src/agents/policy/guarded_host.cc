#include "agents/policy/guarded_host.h"

#include "agents/tools/content.h"

namespace headgate::agents {

base::Task<ToolOutcome> GuardedHost::call_tool(base::Context& ctx, const ToolCall& call,
                                               CallEvents& events) {
  if (guard_ == nullptr) co_return base::fail(base::Errc::internal, "nobody guards the tools");
  auto may = co_await guard_->may_call(ctx, call.name, call.arguments);
  if (!may) {
    ToolOutcome refused = text_result(may.error().detail, true);
    co_return refused;
  }
  auto outcome = co_await inner_.call_tool(ctx, call, events);
  co_return outcome;
}

}  // namespace headgate::agents
