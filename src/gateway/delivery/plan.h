// What is tried next when an attempt has failed: the same target again after a pause, another one,
// or nothing more. The rules are the failure table's (resilience/failure.h) and the route's; the
// time, the budgets and the chance are given. Pure; one object a call.
#pragma once

#include <boost/container/small_vector.hpp>

#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/catalog.h"
#include "gateway/delivery/failure.h"

namespace headgate::gateway {

/// Grants tries beyond the first; false: so many calls are being tried again that one more would
/// only feed the storm.
class RetryGrants {
 public:
  virtual ~RetryGrants() = default;
  virtual bool grant(const Model& target) = 0;
};

struct PlanInput {
  const Catalog& catalog;
  const Route& route;
  const Model& asked;
  base::MonoTime deadline;    // of the call
  int retries_elsewhere = 0;  // that the caller's own client has made of this request
  bool may_fall_back = true;  // false: another model's answer would be of another kind
};

class Plan {
 public:
  explicit Plan(const PlanInput& input);

  struct Step {
    const Model* target = nullptr;  // null: nothing more
    base::Duration wait{};          // before it
    std::string_view why;           // "retry", "fallback", "larger_context"
  };

  /// The first target.
  const Model& first() const { return *targets_.front().model; }
  /// After a failure of the target that was handed out last.
  Step after(const Failure& failure, base::MonoTime now, RetryGrants& grants, base::Random& random);
  /// For a second attempt while the target that was handed out last is being tried: the same one,
  /// or the next of the fallback. Null: there is none.
  const Model* beside(bool same);
  /// It is being tried too. REQUIRES: beside() said so.
  void take_beside(const Model& target);
  /// What comes next comes after that one.
  void go_on_from_beside() { current_ = beside_; }
  /// A target that can go on with an answer that has begun.
  Step to_continue(base::MonoTime now);
  int tries() const { return tries_; }
  /// Whether more than one try was made, so that the caller's client need not make its own.
  bool has_retried() const { return tries_ > 1; }

 private:
  enum class Use : std::uint8_t { primary, fallback, larger_context };
  struct Target {
    const Model* model;
    Use use;
    int tries = 0;
  };
  void look_up_others();
  void add(const std::vector<std::string>& names, Use use);
  bool same_again(const Failure& failure, base::Duration wait, base::MonoTime now) const;
  Step move_on(const Failure& failure);
  Target* untried(Use use);
  Step hand_out(Target& target, base::Duration wait, std::string_view why);

  PlanInput input_;
  boost::container::small_vector<Target, 4> targets_;
  std::size_t current_ = 0;
  std::size_t beside_ = 0;
  bool has_others_ = false;  // behind the first: most calls need none
  int tries_ = 0;
};

}  // namespace headgate::gateway
