// A host of tools whose calls are put to a guard first: what `/mcp` offers, so that rules of tools
// hold whoever calls them and by which way. Made before the loops run; safe from any of them.
#pragma once

#include <string_view>

#include "agents/tools/host.h"

namespace headgate::agents {

class CallGuard {
 public:
  virtual ~CallGuard() = default;
  /// Errors: permission_denied, in words for the model.
  virtual base::Task<void> may_call(base::Context& ctx, std::string_view tool,
                                    std::string_view arguments) = 0;
};

class GuardedHost final : public ToolHost {
 public:
  /// `inner` outlives it.
  explicit GuardedHost(ToolHost& inner) : inner_(inner) {}
  /// REQUIRED before the loops run; outlives them.
  void set_guard(CallGuard& guard) { guard_ = &guard; }

  base::Task<Tools> list_tools(base::Context& ctx) override { return inner_.list_tools(ctx); }
  base::Task<std::shared_ptr<const Tool>> find_tool(base::Context& ctx,
                                                    std::string_view name) override {
    return inner_.find_tool(ctx, name);
  }
  base::Task<ToolOutcome> call_tool(base::Context& ctx, const ToolCall& call,
                                    CallEvents& events) override;

 private:
  ToolHost& inner_;
  CallGuard* guard_ = nullptr;
};

}  // namespace headgate::agents
