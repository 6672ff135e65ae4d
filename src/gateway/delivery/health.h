// What is known of the targets of calls, over calls, loops and reloads: their breakers, when a
// provider that said "slower" may be asked again, how many retries are left, and how many calls are
// under way where that is limited. Made once by app.cc; the catalog's models, providers and routes
// hold what is theirs. A configuration asks for its objects through a HealthDraft, which changes
// nothing until it is taken. Safe from any thread: each object has a lock of its own, held for some
// arithmetic.
#pragma once

#include <array>
#include <functional>
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
#include "http/client/client.h"
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
    bool enabled;  // false: called whatever its state
    std::string reason;
    base::MonoTime retry_at;    // of the breaker: Breaker::retry_at()
    base::MonoTime not_before;  // as the provider has asked
    std::uint64_t opened_total;
    std::uint64_t probes_total;
    std::uint64_t rejected_total;
  };
  State state(base::MonoTime now) const;
  /// By hand: forced_open or forced_closed; nothing: on its own again.
  void force(std::optional<resilience::BreakerState> state);
  /// A breaker whose rules have changed begins anew, but what was forced stays.
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
  void set_rules(const resilience::RetryBudgetRules& rules) {
    const std::lock_guard lock(mutex_);
    budget_.set_rules(rules);
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
  std::vector<std::shared_ptr<TargetHealth>> targets() const;
  std::shared_ptr<TargetHealth> target(const std::string& provider, const std::string& model) const;
  std::vector<std::shared_ptr<Slots>> all_slots() const;
  std::map<std::string, std::shared_ptr<http::ClientStats>> connections() const;

 private:
  friend class HealthDraft;
  using Names = std::pair<std::string, std::string>;
  struct Objects {
    std::map<Names, std::shared_ptr<TargetHealth>> targets;  // by provider, model
    std::map<std::string, std::shared_ptr<SharedBudget>> budgets;
    std::map<std::string, std::shared_ptr<SharedHedgeBudget>> hedges;  // by route
    std::map<std::string, std::shared_ptr<LastAnswers>> last_answers;  // likewise
    std::map<Names, std::shared_ptr<Slots>> slots;                     // by scope, name
    std::map<std::string, std::shared_ptr<KeyedLimit>> keyed_limits;
    std::map<std::string, std::shared_ptr<http::ClientStats>> connections;  // by provider
  };

  mutable std::mutex mutex_;
  Objects objects_;
};

/// What a configuration that may still be refused wants of a Health: the same object for the same
/// names, found there or made here. Used by one thread, which is the only one that changes Health.
class HealthDraft {
 public:
  explicit HealthDraft(Health& health) : health_(health) {}
  HealthDraft(const HealthDraft&) = delete;
  HealthDraft& operator=(const HealthDraft&) = delete;

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
  /// Counts of the connections to a provider.
  std::shared_ptr<http::ClientStats> connections(const std::string& provider);

  /// The configuration was accepted: its rules count from now on, and what was made here is known.
  /// Once.
  void take();

 private:
  template <class Map, class Make>
  auto find_or_make(const Map& known, Map& made, const typename Map::key_type& key, Make make);

  Health& health_;
  Health::Objects made_;
  std::vector<std::function<void()>> changes_;  // of rules, to be made
};

}  // namespace headgate::gateway
