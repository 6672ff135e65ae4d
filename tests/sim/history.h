// What happened in a run: a log of events with their virtual time, hashed as it grows, and what the
// invariants look at: each request as its client saw it, as the provider served it (the truth), and
// as the gateway recorded it. Owned by the world; single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answers.h"
#include "base/clock.h"
#include "base/money.h"
#include "base/usage.h"
#include "faults.h"

namespace headgate::sim {

/// How a client understood its reply.
struct Seen {
  enum class End : std::uint8_t { none, whole, cut };  // cut: the connection ended first
  int status = 0;
  bool streamed = false;  // as server-sent events
  std::string text;
  std::string finish;
  bool is_answer = false;  // not streamed: a completion could be read
  int farewells = 0;       // [DONE]
  int errors = 0;          // error events
  int after_end = 0;       // events after either
  End end = End::none;
  std::string trace;
  std::string cost;
  std::string degraded;  // how less than what was asked for

  /// What an SDK would hand to its user as an answer.
  bool success() const;
};

/// Faults; then none, but a gateway that may still be wary; then one that has to have recovered.
enum class Phase : std::uint8_t { storm, recovery, calm };

struct Asked {
  enum class Kind : std::uint8_t { chat, wrong_key, unknown_model, bad_json };
  int number = 0;
  Kind kind = Kind::chat;
  Dialect provider = Dialect::openai;
  bool streamed = false;
  int question = 0;  // the same number is the same question
  bool wants_usage = false;
  bool calm = false;                   // asked when there were no faults any more
  std::optional<base::MonoTime> sent;  // its last byte
  std::optional<base::MonoTime> left;  // its client went away, before the end
  std::optional<base::MonoTime> ended;
  base::Duration paused{};  // so long its client read nothing
  Seen seen;

  std::string id() const { return "r" + std::to_string(number); }
  bool same_body(const Asked& other) const {
    return question == other.question && provider == other.provider && streamed == other.streamed &&
           (!streamed || wants_usage == other.wants_usage);
  }
};

/// A request as it reached the provider.
struct Served {
  int connection = 0;
  int nth = 0;  // on its connection, from 1
  std::string trace;
  std::string span;  // the attempt's
  Dialect dialect = Dialect::openai;
  Fault fault = Fault::none;
  base::MonoTime begun{};
  int status = 0;
  Answer answer;
  bool whole = false;                      // everything that makes its answer one was sent
  bool usage_told = false;                 // likewise of its usage
  bool over = false;                       // nothing more will be sent
  std::optional<base::MonoTime> given_up;  // the gateway closed the connection before
};

struct RecordedAttempt {
  std::string span;
  int status = 0;
  std::string error;
  bool hedge = false;  // made beside another one
  bool lost = false;   // the other one answered
};

/// A trace record as the gateway's sink got it.
struct Recorded {
  base::MonoTime at{};
  std::string request_id;
  std::string trace;
  int status = 0;
  std::string error;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  std::string degraded;
  std::vector<RecordedAttempt> attempts;
  int retries = 0;  // of them, those at the same target as the one before
};

class History {
 public:
  explicit History(const base::Clock& clock) : clock_(clock), begun_(clock.now()) {}

  base::MonoTime now() const { return clock_.now(); }
  void note(std::string_view who, std::string_view what);
  /// Called with each event's line as it is noted.
  void listen(std::function<void(const std::string&)> listener) { listener_ = std::move(listener); }
  std::uint64_t hash() const { return hash_; }
  const std::deque<std::string>& tail() const { return tail_; }
  std::uint64_t events() const { return events_; }
  base::Duration length() const { return clock_.now() - begun_; }

  std::deque<Asked> asked;
  std::deque<Served> served;
  std::deque<Recorded> recorded;
  std::array<int, kFaultCount> struck{};  // how often each fault did
  int strays = 0;                         // bytes that came to clients who had asked nothing

  std::vector<const Recorded*> records_of(const Asked& one) const;
  /// By the trace that its records have.
  std::vector<const Served*> served_for(const Asked& one) const;

 private:
  static constexpr std::size_t kTailEvents = 100;

  const base::Clock& clock_;
  base::MonoTime begun_;
  std::function<void(const std::string&)> listener_;
  std::uint64_t hash_ = 0xcbf29ce484222325;  // FNV-1a
  std::uint64_t events_ = 0;
  std::deque<std::string> tail_;
};

}  // namespace headgate::sim
