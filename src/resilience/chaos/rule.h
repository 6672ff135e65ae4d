// A rule of chaos: which calls get a fault, which share of them, which fault, and for how long.
// Read from JSON (bytes from outside, strictly) and written as such. Plain values; deciding is pure
// and for the same call always the same, unless the rule draws for each attempt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/config/fields.h"
#include "base/random.h"
#include "base/result.h"

namespace headgate::resilience {

/// What a call must be; each that is given must match, and one that gives none matches all.
struct ChaosMatch {
  std::optional<std::string> route;
  std::optional<std::string> provider;
  std::optional<std::string> model;
  std::optional<std::string> tenant;
  std::optional<std::string> user;
  std::optional<std::string> key;
  std::optional<std::string> session;

  template <class V>
  static void fields(V& v);
};

enum class ChaosKind : std::uint8_t {
  delay,
  status,
  reset,
  first_token_delay,
  cut,
  stall,
  malformed,
};
inline constexpr std::size_t kChaosKindCount = static_cast<std::size_t>(ChaosKind::malformed) + 1;
std::string_view name(ChaosKind kind);

/// One of: delay_ms, status, reset, first_token_delay_ms, cut_, stall_, malformed_after_bytes.
struct ChaosFault {
  std::optional<std::int64_t> delay_ms;
  std::optional<std::int64_t> status;
  std::optional<std::int64_t> retry_after_s;  // with status
  std::optional<std::string> message;         // with status
  std::optional<bool> reset;
  std::optional<std::int64_t> first_token_delay_ms;
  std::optional<std::int64_t> cut_after_bytes;
  std::optional<std::int64_t> stall_after_bytes;
  std::optional<std::int64_t> malformed_after_bytes;

  /// REQUIRES: check_rule() said nothing of it.
  ChaosKind kind() const;

  template <class V>
  static void fields(V& v);
};

/// Which of a call's attempts are alike.
enum class ChaosDraw : std::uint8_t {
  call,     // all of them: by a hash of its request id, so a call repeated is decided again
  attempt,  // none: each by chance
};

struct ChaosRule {
  std::string id;  // empty: whoever adds it makes one
  ChaosMatch match;
  std::int64_t percent = 100;
  ChaosDraw draw = ChaosDraw::call;
  ChaosFault fault;
  std::int64_t for_s = 600;
  std::optional<std::int64_t> max_hits;

  template <class V>
  static void fields(V& v);
};

/// A call, as rules see it. Empty: it has none.
struct ChaosCall {
  std::string_view request_id;
  std::string_view route;
  std::string_view provider;
  std::string_view model;
  std::string_view tenant;
  std::string_view user;
  std::string_view key;
  std::string_view session;
};

/// Errors: invalid_request, with everything that is wrong.
base::Result<ChaosRule> read_chaos_rule(std::string_view json);

bool matches(const ChaosMatch& match, const ChaosCall& call);
/// Whether the call is of the share that the rule is for.
bool in_share(const ChaosRule& rule, std::string_view request_id, base::Random& random);

template <class V>
void ChaosMatch::fields(V& v) {
  using C = ChaosMatch;
  v.field("route", &C::route, {.doc = "Name of the route.", .min = 1, .max = 200});
  v.field("provider", &C::provider, {.doc = "Name of the provider.", .min = 1, .max = 200});
  v.field("model", &C::model, {.doc = "Public name of the model.", .min = 1, .max = 200});
  v.field("tenant", &C::tenant, {.doc = "Tenant of the API key.", .min = 1, .max = 200});
  v.field("user", &C::user, {.doc = "User, of the key or as named.", .min = 1, .max = 200});
  v.field("key", &C::key, {.doc = "Id of the API key.", .min = 1, .max = 200});
  v.field("session", &C::session, {.doc = "Session, as named.", .min = 1, .max = 200});
}

template <class V>
void ChaosFault::fields(V& v) {
  using C = ChaosFault;
  constexpr std::int64_t kTimeMax = 600'000;
  constexpr std::int64_t kBytesMax = 1'000'000'000;
  v.field("delay_ms", &C::delay_ms,
          {.doc = "The request is sent so much later.", .min = 1, .max = kTimeMax});
  v.field("status", &C::status,
          {.doc = "Answered with this status; nothing is sent.", .min = 400, .max = 599});
  v.field("retry_after_s", &C::retry_after_s,
          {.doc = "With status: its Retry-After.", .min = 0, .max = 3600});
  v.field("message", &C::message,
          {.doc = "With status: the provider's words, which decide too what follows.",
           .min = 1,
           .max = 500});
  v.field("reset", &C::reset, {.doc = "true: the connection is reset before an answer."});
  v.field("first_token_delay_ms", &C::first_token_delay_ms,
          {.doc = "The answer's body begins so much later.", .min = 1, .max = kTimeMax});
  v.field("cut_after_bytes", &C::cut_after_bytes,
          {.doc = "The connection ends within the body.", .min = 0, .max = kBytesMax});
  v.field("stall_after_bytes", &C::stall_after_bytes,
          {.doc = "Nothing more of the body comes.", .min = 0, .max = kBytesMax});
  v.field("malformed_after_bytes", &C::malformed_after_bytes,
          {.doc = "What follows is no part of the protocol.", .min = 0, .max = kBytesMax});
}

template <class V>
void ChaosRule::fields(V& v) {
  using C = ChaosRule;
  v.field("id", &C::id, {.doc = "Its name, in traces and logs.", .max = 64});
  v.field("match", &C::match, {.doc = "The calls that it is for; without it, all."});
  v.field("percent", &C::percent, {.doc = "Of those calls.", .min = 1, .max = 100});
  v.field("draw", &C::draw,
          {.doc = "call: all attempts of a call are alike, by its request id. attempt: each by "
                  "chance."});
  v.field("fault", &C::fault, {.doc = "What happens to them: one of these.", .required = true});
  v.field("for_s", &C::for_s,
          {.doc = "It ends by itself after so long.", .min = 1, .max = 24 * 3600});
  v.field("max_hits", &C::max_hits,
          {.doc = "And after so many calls.", .min = 1, .max = 1'000'000'000});
}

}  // namespace headgate::resilience

template <>
struct headgate::base::config::EnumNames<headgate::resilience::ChaosDraw> {
  static constexpr std::array<std::string_view, 2> names{"call", "attempt"};
};
