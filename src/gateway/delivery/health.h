// What is known of the targets of calls, over calls, loops and reloads: their breakers, when a
// provider that said "slower" may be asked again, how many retries are left, and how many calls are
// under way where that is limited. Made once by app.cc; the catalog's models, providers and routes
// hold what is theirs. Safe from any thread: each object has a lock of its own, held for some
// arithmetic.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/degraded/last_answers.h"
#include "gateway/delivery/failure.h"
#include "gateway/delivery/keyed_limit.h"
#include "gateway/delivery/rules.h"
#include "gateway/delivery/slots.h"
#include "resilience/breaker.h"
#include "resilience/hedge.h"
#include "resilience/rate_headers.h"
#include "resilience/retry_budget.h"

namespace headgate::gateway {

/// Of one model at one provider.
class TargetHealth {
 public:
  TargetHealth(std::string provider, std::string model, const BreakerConfig& rules);

  /// Leave to call it now, or why not and until when (MonoTime::max(): until somebody allows it).
  struct Entry {
    std::optional<resilience::Permit> permit;
    bool asked_to_wait = false;  // by its Retry-After; else the breaker is open
    base::MonoTime retry_at{};
  };
  Entry enter(base::MonoTime now, base::Random& random);
  /// The call is over; `failure` null: it has answered.
  void leave(const resilience::Permit& permit, const Failure* failure,
             std::optional<base::Duration> first_token, base::MonoTime now);
  /// What an answer says of the rate limit: with nothing left, it is asked again after the reset.
  void on_rate_headers(const resilience::RateHeaders& headers, base::MonoTime now);

  /// Whether calls pass without being probes, and it has not asked for a pause.
  bool is_well(base::MonoTime now) const;
  /// How long an answer took to begin, or at least: streamed ones and others apart.
  void on_first_token(bool streamed, base::Duration took, base::MonoTime now);
  /// Nothing: too little is known.
  std::optional<base::Duration> first_token_percentile(bool streamed, int percent,
                                                       base::MonoTime now);

  struct State {
    resilience::BreakerState breaker;
    std::string reason;
    std::uint64_t opened_total;
    std::uint64_t probes_total;
    std::uint64_t rejected_total;
  };
  State state(base::MonoTime now) const;
  /// By hand: forced_open or forced_closed; nothing: on its own again.
  void force(std::optional<resilience::BreakerState> state);
  void set_rules(const BreakerConfig& rules);

  const std::string& provider() const { return provider_; }
  const std::string& model() const { return model_; }

 private:
  const std::string provider_;
  const std::string model_;
  mutable std::mutex mutex_;
  BreakerConfig rules_;
  resilience::Breaker breaker_;
  base::MonoTime not_before_{};                              // it said so
  std::array<resilience::FirstTokenTimes, 2> first_tokens_;  // of whole answers, of streams
};

/// The retries that one route, or one provider, has left.
class SharedBudget {
 public:
  explicit SharedBudget(const resilience::RetryBudgetRules& rules) : budget_(rules) {}
  void on_request(base::MonoTime now) {
    const std::lock_guard lock(mutex_);
    budget_.on_request(now);
  }
  bool withdraw(base::MonoTime now) {
    const std::lock_guard lock(mutex_);
    return budget_.withdraw(now);
  }

 private:
  std::mutex mutex_;
  resilience::RetryBudget budget_;
};

/// What one route may spend on second attempts.
class SharedHedgeBudget {
 public:
  void set_rules(const resilience::HedgeBudgetRules& rules) {
    const std::lock_guard lock(mutex_);
    budget_.set_rules(rules);
  }
  void on_request(base::MonoTime now) {
    const std::lock_guard lock(mutex_);
    budget_.on_request(now);
  }
  bool spend(base::MonoTime now) {
    const std::lock_guard lock(mutex_);
    return budget_.spend(now);
  }

 private:
  std::mutex mutex_;
  resilience::HedgeBudget budget_;
};

class Health {
 public:
  /// The same object for the same names, with the newest rules.
  std::shared_ptr<TargetHealth> target(const std::string& provider, const std::string& model,
                                       const BreakerConfig& rules);
  std::shared_ptr<SharedBudget> budget(const std::string& name,
                                       const resilience::RetryBudgetRules& rules);
  std::shared_ptr<SharedHedgeBudget> hedges(const std::string& route,
                                            const resilience::HedgeBudgetRules& rules);
  std::shared_ptr<LastAnswers> last_answers(const std::string& route, std::size_t bytes_max);
  /// Null where the rules limit nothing.
  std::shared_ptr<Slots> slots(const std::string& scope, const std::string& name,
                               const SlotRules& rules);
  std::shared_ptr<KeyedLimit> keyed_limit(const std::string& name, int max);
  std::vector<std::shared_ptr<TargetHealth>> targets() const;
  std::vector<std::shared_ptr<Slots>> all_slots() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<TargetHealth>> targets_;
  std::map<std::string, std::shared_ptr<SharedBudget>> budgets_;
  std::map<std::string, std::shared_ptr<LastAnswers>> last_answers_;             // by route
  std::map<std::string, std::shared_ptr<SharedHedgeBudget>> hedges_;             // by route
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Slots>> slots_;  // by scope, name
  std::map<std::string, std::shared_ptr<KeyedLimit>> keyed_limits_;
};

}  // namespace headgate::gateway
