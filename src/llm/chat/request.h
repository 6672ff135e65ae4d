// A chat request in no provider's dialect. Decoders fill it, policy may change it, encoders write
// it. Numbers that only pass through are kept as the text they were written in ("0.70"); an empty
// string means that the caller did not say. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llm/chat/part.h"

namespace headgate::llm::chat {

enum class Role : std::uint8_t { system, developer, user, assistant, tool };
std::string_view name(Role role);

/// Tool results are parts of messages of the role `tool`, one message for all results of a turn,
/// whatever the dialect does. Neighbours of one role stay apart, but for chunks of one turn.
struct Message {
  Role role = Role::user;
  std::vector<Part> parts;
  std::string name;  // of the participant (OpenAI)
  Extras extras;
  friend bool operator==(const Message&, const Message&) = default;
};

enum class ToolKind : std::uint8_t { function, custom, builtin };

struct Tool {
  ToolKind kind = ToolKind::function;
  std::string name;  // of a builtin: its type
  std::string description;
  std::string schema;  // function: JSON Schema of the arguments as written; empty: none
  std::optional<bool> strict;
  std::string format;  // custom: its grammar, JSON as written; builtin: the whole tool as written
  std::optional<CacheMark> cache;
  Extras extras;
  friend bool operator==(const Tool&, const Tool&) = default;
};

enum class ToolMode : std::uint8_t { automatic, none, required, named, allowed };

struct ToolChoice {
  ToolMode mode = ToolMode::automatic;
  std::vector<std::string> names;  // named: one; allowed: which
  bool required = false;           // allowed: one of them must be called
  bool custom = false;             // named: a custom tool
  friend bool operator==(const ToolChoice&, const ToolChoice&) = default;
};

enum class FormatKind : std::uint8_t { text, json_object, json_schema };

struct OutputFormat {
  FormatKind kind = FormatKind::text;
  std::string name;
  std::string description;
  std::string schema;  // JSON Schema as written
  std::optional<bool> strict;
  friend bool operator==(const OutputFormat&, const OutputFormat&) = default;
};

/// How much the model shall think. `effort` none|minimal|low|medium|high|xhigh|max.
struct ReasoningWish {
  std::string effort;
  std::optional<std::int64_t> budget_tokens;  // 0: off
  std::optional<bool> show;                   // thoughts or their summary are wanted in the answer
  std::string summary;                        // OpenAI responses: auto|concise|detailed
  std::string mode;                           // Anthropic: enabled|adaptive|between_tools|disabled
  friend bool operator==(const ReasoningWish&, const ReasoningWish&) = default;
};

struct Request {
  Dialect origin = Dialect::openai_chat;
  std::string model;
  std::vector<Message> messages;  // instructions (a top-level system prompt) are leading messages
                                  // of the role system
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  std::optional<bool> parallel_tool_calls;
  std::optional<OutputFormat> format;
  std::optional<ReasoningWish> reasoning;

  std::optional<std::int64_t> output_tokens_max;
  std::vector<std::string> stop;
  std::string temperature;
  std::string top_p;
  std::string top_k;
  std::string presence_penalty;
  std::string frequency_penalty;
  std::string seed;
  std::int64_t candidates = 1;
  std::optional<bool> logprobs;
  std::optional<std::int64_t> top_logprobs;

  bool stream = false;
  bool usage_in_stream = false;  // OpenAI chat: the caller asked for the usage chunk
  std::string user;              // end user's id
  std::string service_tier;
  std::string cache_key;           // OpenAI's prompt_cache_key
  std::optional<CacheMark> cache;  // a mark on the request as a whole (Anthropic's top level)
  std::string metadata;            // JSON object as written
  std::optional<bool> store;
  std::string previous_response_id;
  Extras extras;

  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace headgate::llm::chat
