// Everything that a simulated provider can do wrong, by name. A seed turns each on or off for its
// run (Swarm), and a request that goes wrong has one of those that are on.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace headgate::sim {

enum class Fault : std::uint8_t {
  none,
  // Of a connection.
  refused,     // nobody listens
  black_hole,  // nobody answers the SYN
  // Before an answer.
  never_answers,
  closed_before,  // an orderly end
  reset_before,
  // Instead of an answer.
  status_429,
  status_500,
  status_503,
  status_529,
  context_length,  // 400
  bad_credential,  // 401
  not_json,        // 502 with a page of HTML
  error_in_200,    // an error object where an answer was expected
  malformed,       // half a JSON
  // Within an answer.
  slow_first_token,  // beyond the gateway's patience
  stalls,            // never goes on
  cut_in_order,      // the framing ends, the answer does not
  cut_connection,    // the connection ends, in order
  reset_within,
  error_event,
  malformed_event,
  // What a gateway must live with.
  no_done,           // ends in order after its finish reason, without [DONE]
  no_usage,          // its usage is not told
  whole_for_stream,  // answers whole where a stream was asked for
  closes_after,      // closes a connection that it said it would keep
  says_close,        // and one that it said it would close
};
inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::says_close) + 1;

constexpr std::array<std::string_view, kFaultCount> kFaultNames{"none",
                                                                "refused",
                                                                "black_hole",
                                                                "never_answers",
                                                                "closed_before",
                                                                "reset_before",
                                                                "status_429",
                                                                "status_500",
                                                                "status_503",
                                                                "status_529",
                                                                "context_length",
                                                                "bad_credential",
                                                                "not_json",
                                                                "error_in_200",
                                                                "malformed",
                                                                "slow_first_token",
                                                                "stalls",
                                                                "cut_in_order",
                                                                "cut_connection",
                                                                "reset_within",
                                                                "error_event",
                                                                "malformed_event",
                                                                "no_done",
                                                                "no_usage",
                                                                "whole_for_stream",
                                                                "closes_after",
                                                                "says_close"};
constexpr std::string_view name(Fault fault) {
  return kFaultNames.at(static_cast<std::size_t>(fault));
}

/// Whether an answer with it is a good one all the same: the caller has to get it.
constexpr bool is_harmless(Fault fault) { return fault == Fault::none || fault >= Fault::no_done; }
constexpr bool is_of_connection(Fault fault) {
  return fault == Fault::refused || fault == Fault::black_hole;
}

}  // namespace headgate::sim
