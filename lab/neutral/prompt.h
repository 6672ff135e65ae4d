// A request as the script's rules and the composer see it, in no provider's dialect. Families fill
// it from their own wire format. Written apart from src/llm on purpose: the lab must not share the
// gateway's mistakes. Plain values that own their text.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::lab {

/// A wire format, by the name that scripts use.
enum class Dialect : std::uint8_t { openai, responses, anthropic, gemini };
std::string_view dialect_name(Dialect dialect);

/// What is asked for. Only `generate` gets an answer from the script; the others compute their own,
/// and only rules that name the endpoint apply to them.
enum class Endpoint : std::uint8_t { generate, count_tokens, embeddings, moderations };
std::string_view endpoint_name(Endpoint endpoint);

/// `tool` is a tool's result, also where a dialect puts it into a user message.
enum class Role : std::uint8_t { system, developer, user, assistant, tool, function };
std::string_view role_name(Role role);

struct Message {
  Role role = Role::user;
  std::string text;  // text parts joined by newlines
};

struct OfferedTool {
  std::string name;
  boost::json::value parameters;  // JSON Schema; null when not given
};

enum class ToolChoice : std::uint8_t { automatic, none, required };
/// `choice` is plain text out of the schema's enum.
enum class ReplyFormat : std::uint8_t { text, json_object, json_schema, choice };
/// Whether the model may think before it answers, and whether the client sees the thoughts.
enum class Thoughts : std::uint8_t { off, hidden, shown };

/// A piece of the prompt as an explicit prompt cache sees it: everything up to a breakpoint is
/// written to the cache.
struct CacheBlock {
  std::string text;
  std::int64_t tokens = 0;
  bool breakpoint = false;
  bool long_lived = false;  // the longer of the dialect's two lifetimes
};

struct Prompt {
  Dialect dialect = Dialect::openai;
  Endpoint endpoint = Endpoint::generate;
  std::string model;
  std::vector<Message> messages;
  std::vector<OfferedTool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::vector<std::string> tools_allowed;  // of `tools`; empty: all
  bool parallel_tool_calls = true;
  bool stream = false;
  Thoughts thoughts = Thoughts::hidden;
  std::int64_t choices = 1;
  std::optional<std::int64_t> tokens_max;
  std::vector<std::string> stop;
  ReplyFormat format = ReplyFormat::text;
  boost::json::value schema;
  std::int64_t tokens = 0;  // of all of it, as the family counts

  /// For an automatic prompt cache: the prompt as one text. Empty: there is none.
  std::string cache_text;
  /// For a cache with breakpoints: all of the prompt in order. Their tokens sum up to at most
  /// `tokens`. Empty: no explicit caching.
  std::vector<CacheBlock> cache_blocks;
};

/// Whether `tool` is offered and may be called.
bool may_call(const Prompt& prompt, std::string_view tool);

}  // namespace headgate::lab
