// A chat completion request after the checks a real provider makes: the first thing wrong with it
// comes back as that provider's error. Written apart from src/llm on purpose: the lab must not
// share the gateway's mistakes. Pure; values own their text.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/openai/api_error.h"

namespace headgate::lab {

enum class Role : std::uint8_t { system, developer, user, assistant, tool, function };
std::string_view role_name(Role role);

struct ChatMessage {
  Role role = Role::user;
  std::string text;  // text parts joined by newlines
  std::string name;
  std::int64_t images = 0;
  std::int64_t call_tokens = 0;  // of its tool calls
};

struct OfferedTool {
  std::string name;
  boost::json::value parameters;  // JSON Schema; null when not given
};

enum class ToolChoice : std::uint8_t { automatic, none, required, named };
enum class ReplyFormat : std::uint8_t { text, json_object, json_schema };

struct ChatRequest {
  std::string model;
  std::vector<ChatMessage> messages;
  std::vector<OfferedTool> tools;
  ToolChoice tool_choice = ToolChoice::automatic;
  std::string tool_named;
  bool parallel_tool_calls = true;
  bool stream = false;
  bool include_usage = false;
  bool include_obfuscation = true;
  std::int64_t choices = 1;
  std::optional<std::int64_t> tokens_max;
  std::vector<std::string> stop;
  ReplyFormat format = ReplyFormat::text;
  boost::json::value schema;
  std::string tools_text;   // as sent, for counting
  std::string schema_text;  // as sent, for counting
};

using ChatRequestResult = boost::system::result<ChatRequest, ApiError>;

/// Bytes to request. Whether the model exists is the caller's to check.
ChatRequestResult read_chat_request(std::string_view body);

/// Tokens of the prompt: messages with their overhead, tools, schema and images.
std::int64_t prompt_tokens(const ChatRequest& request);
/// The prompt as one text, for prefix comparison: what a provider's prompt cache sees.
std::string prompt_text(const ChatRequest& request);

}  // namespace headgate::lab
