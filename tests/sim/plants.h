// Bugs that can be planted at the edges of the simulated world, each of which an invariant has to
// find: the test of the simulator itself. The gateway's own code is not touched. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace headgate::sim {

enum class Plant : std::uint8_t {
  none,
  cut_as_stop,      // a stream that ended with an error reads as if it had ended well
  lost_piece,       // one piece of a text does not reach the client
  second_farewell,  // a stream has two ends
  made_up,          // the text of a broken answer is not what the provider wrote
  wrong_status,     // a mistake of the client's is told as one of the server's
  lost_answer,      // a good answer is told as an error
  no_answer,        // one reply never reaches its client
  late_deadline,    // the gateway waits longer than it was told to
  lost_record,      // a trace record is dropped
  second_record,    // and one is written twice
  late_record,      // a record is written late
  lost_attempt,     // a record has an attempt too few
  wrong_price,      // a token costs more than it does
  leaked_fd,        // an upstream connection is not closed
  no_calm,          // faults go on when they should have ended
  stuck_breaker,    // a breaker does not let go
  no_budget,        // retries are not counted
  no_hedge_budget,  // second attempts are not counted
  late_cut,         // who lost a race is cut off late
  free_loser,       // and is said to cost nothing
  two_answers,      // both attempts of a race have answered
  unmarked,         // less than what was asked for looks like an answer
  real_random,      // a run does not repeat itself
};
inline constexpr std::size_t kPlantCount = static_cast<std::size_t>(Plant::real_random) + 1;

struct PlantRow {
  Plant plant;
  std::string_view name;
  std::string_view found_by;  // an invariant
};
inline constexpr std::array<PlantRow, kPlantCount> kPlants{{
    {Plant::none, "none", ""},
    {Plant::cut_as_stop, "cut_as_stop", "no_part_passes_as_whole"},
    {Plant::lost_piece, "lost_piece", "no_part_passes_as_whole"},
    {Plant::second_farewell, "second_farewell", "streams_end_once"},
    {Plant::made_up, "made_up", "nothing_is_made_up"},
    {Plant::wrong_status, "wrong_status", "wrong_requests_are_told_so"},
    {Plant::lost_answer, "lost_answer", "good_answers_arrive"},
    {Plant::no_answer, "no_answer", "every_request_is_answered"},
    {Plant::late_deadline, "late_deadline", "answers_keep_the_deadline"},
    {Plant::lost_record, "lost_record", "records_come_before_the_end"},
    {Plant::second_record, "second_record", "every_call_is_recorded_once"},
    {Plant::late_record, "late_record", "leaving_ends_the_call"},
    {Plant::lost_attempt, "lost_attempt", "attempts_are_what_the_provider_saw"},
    {Plant::wrong_price, "wrong_price", "cost_is_of_the_usage_told"},
    {Plant::leaked_fd, "leaked_fd", "nothing_is_left"},
    {Plant::no_calm, "no_calm", "calm_requests_succeed"},
    {Plant::stuck_breaker, "stuck_breaker", "breakers_let_go"},
    {Plant::no_budget, "no_budget", "retries_keep_the_budget"},
    {Plant::no_hedge_budget, "no_hedge_budget", "hedges_keep_their_share"},
    {Plant::late_cut, "late_cut", "losers_are_cut_off"},
    {Plant::free_loser, "free_loser", "cost_is_of_the_usage_told"},
    {Plant::two_answers, "two_answers", "one_attempt_answers"},
    {Plant::unmarked, "unmarked", "degraded_answers_are_marked"},
    {Plant::real_random, "real_random", "runs_repeat"},
}};
constexpr std::string_view name(Plant plant) {
  return kPlants.at(static_cast<std::size_t>(plant)).name;
}
constexpr std::optional<Plant> plant_named(std::string_view name) {
  for (const auto& row : kPlants) {
    if (row.name == name) return row.plant;
  }
  return std::nullopt;
}

}  // namespace headgate::sim
