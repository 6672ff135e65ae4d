// Facts for rules, fetched as tools are called, with the caller's own authority: the scopes of the
// tool are asked of the caller, its rules are not, since it may be the very tool that is decided
// about. What was fetched once is kept for as long as this lives, which is one step of a run.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "agents/reach/reach.h"
#include "agents/run/call_policy.h"

namespace headgate::agents {

/// A fact that was fetched, or was not, for whoever records it.
struct FactFetched {
  const PinnedTool& tool;
  const std::string& arguments;
  const CallOutcome& outcome;
  const base::SpanId& span;
  std::int64_t duration_us;
};

class ReachedFacts final : public FactSource {
 public:
  using Find = std::function<const PinnedTool*(std::string_view tool)>;
  using Tell = std::function<void(const FactFetched&)>;

  ReachedFacts(const Reach& reach, std::string run_id, Find find, Tell tell)
      : reach_(reach), run_id_(std::move(run_id)), find_(std::move(find)), tell_(std::move(tell)) {}

  base::Task<std::string> fetch(base::Context& ctx, const FactAsk& ask) override;

 private:
  base::Task<std::string> fetch_new(base::Context& ctx, const FactAsk& ask);

  const Reach reach_;
  const std::string run_id_;
  Find find_;
  Tell tell_;
  std::map<std::string, base::Result<std::string>, std::less<>> known_;
};

}  // namespace headgate::agents
