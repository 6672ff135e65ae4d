// What a tool is: its description, a call of it, and what a call comes to. Schemas, arguments and
// results are JSON text as whoever wrote them wrote it. Descriptions are immutable once made and
// shared between threads; calls live on the stack of whoever makes them, their views outlive them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "guardrails/schema/json_schema.h"

namespace headgate::agents {

/// What happens in the world when a call is made twice.
enum class Effect : std::uint8_t {
  pure,          // nothing: it only reads
  idempotent,    // the same as once, given the same key
  at_most_once,  // it happens twice: never repeated when the outcome is unknown
};
std::string_view name(Effect effect);

struct ToolInfo {
  std::string name;
  std::string title;
  std::string description;
  std::string input_schema;   // an object schema
  std::string output_schema;  // empty: none
  std::string annotations;    // an object, empty: none; hints, never trusted
  std::string meta;           // likewise, an object for `_meta`
  Effect effect = Effect::at_most_once;
};

/// A description with its schemas compiled.
class Tool {
 public:
  /// What cannot be checked is kept, and `unchecked()` says why.
  explicit Tool(ToolInfo info);

  const ToolInfo& info() const { return info_; }
  /// Why arguments or results pass without a check; empty: they do not.
  const std::string& unchecked() const { return unchecked_; }
  /// What is wrong with the arguments of a call, in words; empty: nothing. A member that stands
  /// twice is wrong whatever the schema says.
  std::string check_arguments(std::string_view json) const;
  /// Likewise of a structured result.
  std::string check_result(std::string_view json) const;

 private:
  using Schema = std::optional<guardrails::JsonSchema>;
  Schema compile(const std::string& text, std::string_view what);

  ToolInfo info_;
  std::string unchecked_;
  Schema arguments_;
  Schema result_;
};

using Tools = std::vector<std::shared_ptr<const Tool>>;

/// What a caller can be asked for in the middle of a call.
struct CallerFeatures {
  bool elicit_form = false;
  bool elicit_url = false;
  bool sample = false;
  bool sample_with_tools = false;
  bool roots = false;
};

/// What came back to earlier questions of the same call.
struct CallerInputs {
  std::string_view responses;  // an object: an answer for each key; empty: none
  std::string_view state;  // as the host gave it with its questions; unchanged, and the caller's
};

struct ToolCall {
  std::string_view name;
  std::string_view arguments = "{}";  // an object
  CallerInputs inputs;
  CallerFeatures features;
  std::string_view idempotency_key;  // empty: none
  int nesting = 0;                   // runs of agents that it comes from, one within the other
};

struct ToolResult {
  std::string content = "[]";             // an array of content blocks (content.h)
  std::optional<std::string> structured;  // one JSON value
  bool is_error = false;                  // the tool ran and failed; the content says how
  std::string meta;                       // an object for `_meta`; empty: none
};

/// A question to the caller, in MCP's words: "elicitation/create" and its parameters.
struct InputRequest {
  std::string key;
  std::string method;
  std::string params = "{}";
};

/// The call goes on when it is made again with answers.
struct InputRequired {
  std::vector<InputRequest> requests;
  std::string state;
};

using ToolOutcome = std::variant<ToolResult, InputRequired>;

}  // namespace headgate::agents
