// A tool of an agent as a C++ function. Headgate has checked the arguments against the tool's
// schema, the caller's scopes and the rules, has any approval that is needed, and has written the
// call down before the function sees it. Functions are called on threads that are there for them,
// several at a time, also the same one: what they share is theirs to guard.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace headgate {

struct ToolCall {
  std::string tool;
  /// A JSON object that fits the tool's `input`.
  std::string arguments;
  /// On whose behalf; each may be empty. `key_id`: of the API key, of runs that came over HTTP.
  std::string user;
  std::string tenant;
  std::string key_id;
  std::string run_id;
  /// The same whenever this call is made, also after a restart of the program; no other call has
  /// it. What the function does in the world is to be done once for it.
  std::string idempotency_key;
  /// What the function returns later than this, nobody gets (the tool's `timeout_ms`).
  std::chrono::steady_clock::time_point deadline;

  /// One of the arguments: what a string says, anything else as JSON. Nothing: it was not given.
  std::optional<std::string> argument(std::string_view name) const;
};

/// What a call came to. Made by one of the functions below.
struct ToolResult {
  enum class Kind { text, json, failed, unknown };
  Kind kind = Kind::text;
  std::string content;

  /// For the model, as it is.
  static ToolResult text(std::string text) { return {Kind::text, std::move(text)}; }
  /// One JSON value, held against the tool's `output` if there is one.
  static ToolResult json(std::string json) { return {Kind::json, std::move(json)}; }
  /// Nothing was done; the model is told why. What a function throws counts as this, with what().
  static ToolResult failed(std::string why) { return {Kind::failed, std::move(why)}; }
  /// It may have been done: a service did not answer. A call with effects then waits for a person.
  static ToolResult unknown(std::string why) { return {Kind::unknown, std::move(why)}; }
};

using ToolFunction = std::function<ToolResult(const ToolCall&)>;

}  // namespace headgate
