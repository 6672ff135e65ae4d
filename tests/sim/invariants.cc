#include "invariants.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/async/timer_wheel.h"
#include "gateway.h"

namespace headgate::sim {
namespace {

using Problem = std::optional<std::string>;

// --- Of a request that is over.

bool answered(const Asked& one) { return one.ended && !one.left; }

// A timer fires up to a slot late; one that is armed in the slot in which it is due (the last one
// after a sign of life, say), in the slot after that.
constexpr base::Duration kLateMax = 2 * base::TimerWheel::kSlot;

Problem answers_keep_the_deadline(const History&, const Swarm& swarm, const Asked& one) {
  if (!answered(one) || !one.sent) return {};
  // What begins before the deadline of a call has a time of its own from then on.
  const int times = swarm.plain() ? 1 : 2;
  const auto deadline =
      *one.sent + times * (base::milliseconds(swarm.total_ms) + kLateMax) + one.paused;
  if (*one.ended <= deadline) return {};
  const auto late = std::chrono::duration_cast<base::milliseconds>(*one.ended - deadline).count();
  return "its answer ended " + std::to_string(late) + " ms too late";
}

bool is_written_by(const Served& served, std::string_view text, bool whole) {
  const std::string written = served.answer.text();
  return whole ? served.whole && written == text : written.starts_with(text);
}

// Where one went on with what another had begun; it does not write a blank twice.
bool is_continued_by(const Served& before, const Served& after, std::string_view text, bool whole) {
  const std::string begun = before.answer.text();
  std::string rest = after.answer.text();
  for (std::size_t i = 1; i <= text.size() && begun.starts_with(text.substr(0, i)); ++i) {
    const bool blank = text[i - 1] == ' ' || text[i - 1] == '\n';
    const std::size_t skipped = blank ? std::min(rest.find_first_not_of(" \n"), rest.size()) : 0;
    const std::string_view more = std::string_view(rest).substr(skipped);
    if (whole ? after.whole && more == text.substr(i) : more.starts_with(text.substr(i))) {
      return true;
    }
  }
  return false;
}

// Whether the text is one provider's or, on routes that allow it, of one that went on with
// another's. `finish` empty: of a part.
bool is_real(const History& history, const Swarm& swarm, const Asked& one, bool whole) {
  const bool may_continue = swarm.on_break == gateway::OnBreak::continue_with;
  std::vector<const Served*> served;  // by what its client knows: there may be no record yet
  for (const auto& each : history.served) {
    if (each.trace == one.seen.trace) served.push_back(&each);
  }
  for (std::size_t i = 0; i < served.size(); ++i) {
    if (whole && served[i]->answer.finish != one.seen.finish) continue;
    if (is_written_by(*served[i], one.seen.text, whole)) return true;
    for (std::size_t j = 0; may_continue && j < i; ++j) {
      if (is_continued_by(*served[j], *served[i], one.seen.text, whole)) return true;
    }
  }
  return false;
}

// The text and finish reason that a client takes for an answer are those of a whole one.
Problem no_part_passes_as_whole(const History& history, const Swarm& swarm, const Asked& one) {
  if (!one.ended || !one.seen.success() || is_real(history, swarm, one, true)) return {};
  return "what its client took for an answer is not what a provider sent whole: \"" +
         one.seen.text + "\", " + one.seen.finish;
}

// What came of an answer that broke is the beginning of a real one.
Problem nothing_is_made_up(const History& history, const Swarm& swarm, const Asked& one) {
  if (one.seen.text.empty() || is_real(history, swarm, one, false)) return {};
  return "no provider wrote \"" + one.seen.text + "\"";
}

Problem streams_end_once(const History&, const Swarm&, const Asked& one) {
  const Seen& seen = one.seen;
  if (!answered(one) || !seen.streamed) return {};
  if (seen.end == Seen::End::cut) return "its stream was cut off";
  const int ends = seen.farewells + seen.errors;
  if (ends == 1 && seen.after_end == 0) return {};
  return "its stream has " + std::to_string(ends) + " ends and " + std::to_string(seen.after_end) +
         " events after one";
}

Problem wrong_requests_are_told_so(const History&, const Swarm&, const Asked& one) {
  if (!answered(one)) return {};
  const std::array<int, 4> statuses{0, 401, 404, 400};  // by kind
  const int right = statuses.at(static_cast<std::size_t>(one.kind));
  if (right == 0 || one.seen.status == right) return {};
  return "status " + std::to_string(one.seen.status) + " instead of " + std::to_string(right);
}

// A provider that did all it should is not lost on the way. (It may have been asked too late, when
// the first connection turned out to be closed.)
Problem good_answers_arrive(const History& history, const Swarm& swarm, const Asked& one) {
  if (!answered(one) || one.kind != Asked::Kind::chat || one.seen.success()) return {};
  if (one.paused > base::Duration::zero()) return {};  // it may have taken too long itself
  const auto served = history.served_for(one);
  if (served.empty() || !is_harmless(served.back()->fault)) return {};
  if (served.back()->begun > *one.sent + patience(swarm) / 2) return {};
  return "the provider did well, and its client has status " + std::to_string(one.seen.status);
}

// Durability's promise: who has seen the end of an answer has a trace.
Problem records_come_before_the_end(const History& history, const Swarm&, const Asked& one) {
  if (!answered(one) || one.kind == Asked::Kind::wrong_key || one.seen.status == 0) return {};
  const auto records = history.records_of(one);
  if (records.empty()) return "there is no record of it";
  if (records.front()->trace == one.seen.trace) return {};
  return "its record has another trace";
}

// What nobody waits for any more is given up, not waited for until its deadline. The session looks
// at the connection of a call that takes longer than a moment.
Problem leaving_ends_the_call(const History& history, const Swarm&, const Asked& one) {
  constexpr base::Duration kNoticedWithin = base::milliseconds(100);
  if (!one.left || !one.sent) return {};
  const base::MonoTime noticed_by = std::max(*one.left, *one.sent) + kNoticedWithin;
  for (const Recorded* record : history.records_of(one)) {
    if (record->at > noticed_by) return "its client had long gone when it was over";
  }
  return {};
}

// LIVENESS. Breakers, budgets and the like have to have let go by now.
Problem calm_requests_succeed(const History&, const Swarm&, const Asked& one) {
  if (!one.calm || !one.ended || one.seen.success()) return {};
  return "nothing went wrong any more, and its client has status " +
         std::to_string(one.seen.status);
}

// --- Of a run.

Problem every_request_is_answered(const History& history, const Swarm&, const Ending&) {
  for (const auto& one : history.asked) {
    if (!one.ended) return one.id() + " has no answer";
    if (!one.left && one.seen.status == 0) return one.id() + " lost its connection";
  }
  if (history.strays == 0) return {};
  return std::to_string(history.strays) + " bytes came to clients who had asked nothing";
}

// Who leaves at once, while the gateway is still busy with the request before, was never heard.
Problem every_call_is_recorded_once(const History& history, const Swarm&, const Ending&) {
  for (const auto& one : history.asked) {
    const bool heard = one.sent && one.kind != Asked::Kind::wrong_key;
    const auto records = history.records_of(one).size();
    const bool unheard = records == 0 && one.left.has_value();
    if (records != (heard ? 1 : 0) && !unheard) {
      return one.id() + " has " + std::to_string(records) + " records";
    }
  }
  return {};
}

// Joined by traceparent. A pooled connection may turn out to be closed once the request is on it:
// the client then sends it again, within the attempt.
Problem attempts_are_what_the_provider_saw(const History& history, const Swarm&, const Ending&) {
  std::set<std::string> recorded;
  for (const auto& record : history.recorded) {
    for (const auto& attempt : record.attempts) {
      if (!recorded.insert(attempt.span).second) return "an attempt is recorded twice";
      std::vector<const Served*> seen;
      for (const auto& served : history.served) {
        if (served.span == attempt.span) seen.push_back(&served);
      }
      if (seen.empty() && attempt.status != 0) {
        return record.request_id + " has an attempt that no provider saw";
      }
      if (seen.size() > 2 || (seen.size() == 2 && seen.front()->nth == 1)) {
        return record.request_id + ": one attempt was sent " + std::to_string(seen.size()) +
               " times";
      }
    }
  }
  for (const auto& served : history.served) {
    if (!recorded.contains(served.span))
      return "an attempt of trace " + served.trace + " is not recorded";
  }
  return {};
}

base::Picodollars cost_of(std::int64_t input, std::int64_t output) {
  return input * kInputPrice + output * kOutputPrice;
}

// All that the attempts of a call can have cost together; the last one `whole`.
std::set<base::Picodollars> may_cost_together(const std::vector<const Served*>& served,
                                              bool whole) {
  std::set<base::Picodollars> sums{0};
  for (const Served* each : served) {
    const Answer& answer = each->answer;
    std::set<base::Picodollars> options;
    if (each->usage_told) options.insert(cost_of(answer.input, answer.output));
    const bool must = whole && each == served.back();
    if (!must) options.insert(0);
    if (!must && each->dialect == Dialect::anthropic) options.insert(cost_of(answer.input, 1));
    std::set<base::Picodollars> next;
    for (const auto sum : sums) {
      for (const auto option : options) next.insert(sum + option);
    }
    sums = std::move(next);
  }
  return sums;
}

Problem cost_is_of_the_usage_told(const History& history, const Swarm&, const Ending&) {
  for (const auto& one : history.asked) {
    const auto served = history.served_for(one);
    for (const Recorded* record : history.records_of(one)) {
      bool right = true;
      if (one.seen.success() && !served.back()->usage_told) {
        right = record->unpriced && (!record->cost || served.size() > 1);
      } else if (record->cost || one.seen.success()) {
        right =
            record->cost && may_cost_together(served, one.seen.success()).contains(*record->cost);
      }
      if (!right) return one.id() + " cost " + std::to_string(record->cost.value_or(-1));
    }
  }
  return {};
}

// By route, which is by the model asked for; over a whole run nothing comes back by time.
Problem retries_keep_the_budget(const History& history, const Swarm&, const Ending&) {
  for (const Dialect route : {Dialect::openai, Dialect::anthropic}) {
    double requests = 0;
    double retries = 0;
    for (const auto& one : history.asked) {
      if (one.provider != route || one.kind != Asked::Kind::chat) continue;
      ++requests;
      for (const Recorded* record : history.records_of(one)) retries += record->retries;
    }
    const auto rules = budget_rules();
    const double most = rules.burst + rules.ratio * requests;
    if (retries <= most) continue;
    return std::to_string(retries) + " retries of " + std::to_string(requests) + " requests";
  }
  return {};
}

Problem nothing_is_left(const History&, const Swarm&, const Ending& ending) {
  const std::size_t left = ending.connections + ending.requests + ending.timers;
  if (left == 0 && ending.upstream_waits == 0) return {};
  return "at the end there are " + std::to_string(ending.connections) + " connections, " +
         std::to_string(ending.requests) + " requests, " + std::to_string(ending.timers) +
         " timers and " + std::to_string(ending.upstream_waits) + " waits for a provider";
}

// --- The tables. That breakers let go is asked by the world, between the phases.

struct OfRequest {
  std::string_view name;
  Problem (*check)(const History&, const Swarm&, const Asked&);
};
constexpr std::array<OfRequest, 9> kOfRequest{{
    {"answers_keep_the_deadline", answers_keep_the_deadline},
    {"streams_end_once", streams_end_once},
    {"no_part_passes_as_whole", no_part_passes_as_whole},
    {"nothing_is_made_up", nothing_is_made_up},
    {"wrong_requests_are_told_so", wrong_requests_are_told_so},
    {"good_answers_arrive", good_answers_arrive},
    {"records_come_before_the_end", records_come_before_the_end},
    {"leaving_ends_the_call", leaving_ends_the_call},
    {"calm_requests_succeed", calm_requests_succeed},
}};

struct OfRun {
  std::string_view name;
  Problem (*check)(const History&, const Swarm&, const Ending&);
};
constexpr std::array<OfRun, 6> kOfRun{{
    {"every_request_is_answered", every_request_is_answered},
    {"every_call_is_recorded_once", every_call_is_recorded_once},
    {"attempts_are_what_the_provider_saw", attempts_are_what_the_provider_saw},
    {"cost_is_of_the_usage_told", cost_is_of_the_usage_told},
    {"retries_keep_the_budget", retries_keep_the_budget},
    {"nothing_is_left", nothing_is_left},
}};

}  // namespace

std::vector<std::string_view> invariant_names() {
  std::vector<std::string_view> out;
  for (const auto& invariant : kOfRequest) out.push_back(invariant.name);
  for (const auto& invariant : kOfRun) out.push_back(invariant.name);
  return out;
}

std::optional<Violation> check_request(const History& history, const Swarm& swarm,
                                       const Asked& one) {
  for (const auto& invariant : kOfRequest) {
    if (auto problem = invariant.check(history, swarm, one)) {
      return Violation{invariant.name, one.id() + ": " + *problem};
    }
  }
  return {};
}

std::optional<Violation> check_run(const History& history, const Swarm& swarm,
                                   const Ending& ending) {
  for (const auto& one : history.asked) {
    if (auto violation = check_request(history, swarm, one)) return violation;
  }
  for (const auto& invariant : kOfRun) {
    if (auto problem = invariant.check(history, swarm, ending)) {
      return Violation{invariant.name, *problem};
    }
  }
  return {};
}

}  // namespace headgate::sim
