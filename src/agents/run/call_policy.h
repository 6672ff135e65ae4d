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
#include "agents/labels/taint.h"
#include "agents/policy/compiled.h"
#include "base/async/task.h"
#include "base/context.h"

namespace headgate::agents {

/// What a rule wants to know of the world.
struct FactAsk {
  std::string tool;       // a pure one
  std::string arguments;  // an object
  std::int64_t timeout_ms = 0;
};

class FactSource {
 public:
  virtual ~FactSource() = default;
  /// Its JSON, fetched with the authority of the caller in `ctx`. Errors: why it is not known.
  virtual base::Task<std::string> fetch(base::Context& ctx, const FactAsk& ask) = 0;
};

struct CallQuestion {
  std::string_view run_id;
  std::string_view agent;  // that calls
  const PinnedTool& tool;
  std::string_view arguments;  // an object that fits the tool's schema
  /// Of all text that whoever calls has read.
  const std::vector<std::string>& labels;
  /// Arguments that may come from text nobody vouches for.
  const Taints& taints;
  base::Picodollars cost = 0;  // of the run so far
  const std::vector<ApprovalPolicy>& approvals;
  FactSource* facts = nullptr;  // null: there are none
};

struct Verdict {
  enum class Kind : std::uint8_t { allow, deny, needs_approval };
  Kind kind = Kind::deny;
  std::string policy;  // that decided
  std::string reason;  // for the model too: says nothing of what others own
  std::string detail;  // for operators only
};

class CallPolicy {
 public:
  virtual ~CallPolicy() = default;
  /// `ctx.principal` and `ctx.user` are on whose behalf, with the scopes that they have here. Never
  /// an error: what cannot be decided is denied.
  virtual base::Async<Verdict> decide(base::Context& ctx, const CallQuestion& question) = 0;
};

}  // namespace headgate::agents
