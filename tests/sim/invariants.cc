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
// another's; `whole`: all of it.
bool is_answer_to(const History& history, const Swarm& swarm, std::string_view trace,
                  const Seen& seen, bool whole) {
  const bool may_continue = swarm.on_break == gateway::OnBreak::continue_with;
  std::vector<const Served*> served;
  for (const auto& each : history.served) {
    if (each.trace == trace) served.push_back(&each);
  }
  for (std::size_t i = 0; i < served.size(); ++i) {
    if (whole && served[i]->answer.finish != seen.finish) continue;
    if (is_written_by(*served[i], seen.text, whole)) return true;
    for (std::size_t j = 0; may_continue && j < i; ++j) {
      if (is_continued_by(*served[j], *served[i], seen.text, whole)) return true;
    }
  }
  return false;
}

// An answer that was given before to the same request.
bool is_repeated(const History& history, const Swarm& swarm, const Asked& one, bool whole) {
  return std::any_of(history.asked.begin(), history.asked.end(), [&](const Asked& other) {
    if (&other == &one || !other.same_body(one)) return false;
    const auto records = history.records_of(other);
    return !records.empty() &&
           is_answer_to(history, swarm, records.front()->trace, one.seen, whole);
  });
}

// By what its client knows: there may be no record yet.
bool is_real(const History& history, const Swarm& swarm, const Asked& one, bool whole) {
  const Seen& seen = one.seen;
  if (seen.degraded == "cached") return is_repeated(history, swarm, one, whole);
  if (seen.degraded == "canned") {
    return whole ? seen.text == kCanned && seen.finish == "stop" : kCanned.starts_with(seen.text);
  }
  return is_answer_to(history, swarm, seen.trace, seen, whole);
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

// Who gets less than was asked for is told so, and so is who reads the trace.
Problem degraded_answers_are_marked(const History& history, const Swarm&, const Asked& one) {
  if (!answered(one) || !one.seen.success()) return {};
  const auto records = history.records_of(one);
  if (records.empty() || records.front()->degraded == one.seen.degraded) return {};
  return "it got \"" + records.front()->degraded + "\" and was told \"" + one.seen.degraded + '"';
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

// Of attempts that were cut off because another one answered.
std::set<std::string> lost_spans(const History& history, const Asked& one) {
  std::set<std::string> out;
  for (const Recorded* record : history.records_of(one)) {
    for (const auto& attempt : record->attempts) {
      if (attempt.lost) out.insert(attempt.span);
    }
  }
  return out;
}

// A provider that did all it should is not lost on the way. (It may have been asked too late, when
// the first connection turned out to be closed.)
Problem good_answers_arrive(const History& history, const Swarm& swarm, const Asked& one) {
  if (!answered(one) || one.kind != Asked::Kind::chat || one.seen.success()) return {};
  if (one.paused > base::Duration::zero()) return {};  // it may have taken too long itself
  auto served = history.served_for(one);
  const auto lost = lost_spans(history, one);
  std::erase_if(served, [&](const Served* each) { return lost.contains(each->span); });
  // A mistake of the caller's is one everywhere: nobody waits for what else was asked.
  const bool final = std::any_of(served.begin(), served.end(), [&](const Served* each) {
    return each->status == 400 && one.seen.status == 400;
  });
  if (final) return {};
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
  if (!one.calm || !one.ended) return {};
  if (!one.seen.degraded.empty()) return "nothing went wrong any more, and it got less than asked";
  if (one.seen.success()) return {};
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

// All that the attempts of a call can have cost together; `whole`: the one that was answered with.
std::set<base::Picodollars> may_cost_together(const std::vector<const Served*>& served,
                                              const Served* whole) {
  std::set<base::Picodollars> sums{0};
  for (const Served* each : served) {
    const Answer& answer = each->answer;
    std::set<base::Picodollars> options;
    if (each->usage_told) options.insert(cost_of(answer.input, answer.output));
    const bool must = each == whole;
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

// What the answer is from: of the one attempt that has not failed. Null: there is none.
const Served* answered_with(const Asked& one, const Recorded& record,
                            const std::vector<const Served*>& served) {
  const auto answered = std::find_if(record.attempts.begin(), record.attempts.end(),
                                     [](const auto& attempt) { return attempt.error.empty(); });
  if (!one.seen.success() || answered == record.attempts.end()) return nullptr;
  const auto found = std::find_if(served.rbegin(), served.rend(),
                                  [&](const Served* each) { return each->span == answered->span; });
  return found == served.rend() ? nullptr : *found;
}

// Whether nobody waited for an answer that had not begun, by the names of errors in a record.
bool is_abandoned(const RecordedAttempt& attempt) {
  constexpr std::array<std::string_view, 5> kGivenUp{
      "cancelled", "client_timeout", "timeout_first_token", "timeout_idle", "timeout_total"};
  const bool given_up =
      std::find(kGivenUp.begin(), kGivenUp.end(), attempt.error) != kGivenUp.end();
  return attempt.status == 0 && given_up;
}

// What reached a provider and was cut off may be charged for: nobody knows how much.
bool has_unknown_cost(const Recorded& record, const std::vector<const Served*>& served) {
  return std::any_of(served.begin(), served.end(), [&](const Served* each) {
    return std::any_of(record.attempts.begin(), record.attempts.end(), [&](const auto& attempt) {
      const bool cut_off = (attempt.lost && attempt.status < 400) || is_abandoned(attempt);
      return cut_off && attempt.span == each->span;
    });
  });
}

Problem cost_is_of_the_usage_told(const History& history, const Swarm&, const Ending&) {
  for (const auto& one : history.asked) {
    const auto served = history.served_for(one);
    for (const Recorded* record : history.records_of(one)) {
      const Served* const whole = answered_with(one, *record, served);
      const std::string& degraded = one.seen.degraded;
      const bool by_a_model = degraded != "cached" && degraded != "canned";
      bool right = (one.seen.success() && by_a_model) == (whole != nullptr);
      if (whole != nullptr && !whole->usage_told) {
        right = record->unpriced && (!record->cost || served.size() > 1);
      } else if (record->cost || whole != nullptr) {
        right = record->cost && may_cost_together(served, whole).contains(*record->cost);
      }
      if (has_unknown_cost(*record, served) && !record->unpriced) right = false;
      if (!right) return one.id() + " cost " + std::to_string(record->cost.value_or(-1));
    }
  }
  return {};
}

// By route, over a whole run: nothing is saved up to begin with.
Problem hedges_keep_their_share(const History& history, const Swarm& swarm, const Ending&) {
  for (const Dialect route : {Dialect::openai, Dialect::anthropic}) {
    double requests = 0;
    double hedges = 0;
    for (const auto& one : history.asked) {
      if (one.provider != route || one.kind != Asked::Kind::chat) continue;
      ++requests;
      for (const Recorded* record : history.records_of(one)) {
        hedges += static_cast<double>(
            std::count_if(record->attempts.begin(), record->attempts.end(),
                          [](const RecordedAttempt& attempt) { return attempt.hedge; }));
      }
    }
    if (hedges <= swarm.hedge_share * requests) continue;
    return std::to_string(hedges) + " hedges of " + std::to_string(requests) + " requests";
  }
  return {};
}

Problem one_attempt_answers(const History& history, const Swarm&, const Ending&) {
  for (const auto& record : history.recorded) {
    const auto answers = std::count_if(record.attempts.begin(), record.attempts.end(),
                                       [](const auto& attempt) { return attempt.error.empty(); });
    if (answers > 1) return record.request_id + " was answered by several attempts";
  }
  return {};
}

// Of two attempts at a time one answers; the other is let go when that is clear, before the record.
Problem losers_are_cut_off(const History& history, const Swarm&, const Ending&) {
  for (const auto& one : history.asked) {
    const auto lost = lost_spans(history, one);
    for (const Served* served : history.served_for(one)) {
      if (!lost.contains(served->span) || served->over) continue;
      const auto by = history.records_of(one).front()->at + base::TimerWheel::kSlot;
      if (!served->given_up || *served->given_up > by) return one.id() + " goes on being answered";
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
constexpr std::array<OfRequest, 10> kOfRequest{{
    {"answers_keep_the_deadline", answers_keep_the_deadline},
    {"streams_end_once", streams_end_once},
    {"degraded_answers_are_marked", degraded_answers_are_marked},
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
constexpr std::array<OfRun, 9> kOfRun{{
    {"every_request_is_answered", every_request_is_answered},
    {"every_call_is_recorded_once", every_call_is_recorded_once},
    {"attempts_are_what_the_provider_saw", attempts_are_what_the_provider_saw},
    {"one_attempt_answers", one_attempt_answers},
    {"cost_is_of_the_usage_told", cost_is_of_the_usage_told},
    {"retries_keep_the_budget", retries_keep_the_budget},
    {"hedges_keep_their_share", hedges_keep_their_share},
    {"nothing_is_left", nothing_is_left},
    {"losers_are_cut_off", losers_are_cut_off},
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
