// Who may call what: asked before every call of a tool, on every path, with everything that is
// known of the call. The answer is written into the journal and onto the call's span. An
// implementation may wait (for a fact that it fetches); it runs on the loop of the context. Shared
// by all loops.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agents/definitions/pinned.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents {

struct CallQuestion {
  std::string_view run_id;
  std::string_view agent;  // that calls
  const PinnedTool& tool;
  std::string_view arguments;  // an object that fits the tool's schema
  /// Where values of the arguments came from, as far as it is known.
  const std::vector<std::string>& labels;
};

struct Verdict {
  enum class Kind : std::uint8_t { allow, deny, needs_approval };
  Kind kind = Kind::deny;
  std::string policy;  // that decided
  std::string reason;
};

class CallPolicy {
 public:
  virtual ~CallPolicy() = default;
  /// `ctx.principal` and `ctx.user` are on whose behalf. Never an error: what cannot be decided is
  /// denied.
  virtual base::Async<Verdict> decide(base::Context& ctx, const CallQuestion& question) = 0;
};

/// The scopes of the tool against those of the caller's key; then whether the tool wants a person.
class ScopePolicy final : public CallPolicy {
 public:
  base::Async<Verdict> decide(base::Context& ctx, const CallQuestion& question) override;
};

}  // namespace headgate::agents
