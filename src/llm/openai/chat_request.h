// OpenAI's chat completion request, read by one scan: what routing, budgets and traces need, each
// with its place in the body, so that an edit replaces those bytes and leaves every other byte as
// it came. Unknown members pass untouched. Pure; views point into the body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/cursor.h"
#include "base/result.h"

namespace headgate::llm::openai {

struct ChatLimits {
  std::size_t depth_max = 128;
  std::size_t messages_max = 10'000;
  std::size_t model_bytes_max = 256;
  std::size_t user_bytes_max = 1024;
};

struct ChatRequest {
  std::string model;              // unescaped
  base::json::Range model_value;  // with its quotes
  bool stream = false;
  std::optional<base::json::Range>
      stream_options;  // its value, when the member is there and not null
  std::optional<base::json::Range> stream_options_null;  // its value, when it is null
  bool stream_options_empty = false;                     // "{}"
  std::optional<bool> include_usage;      // as the caller asked; null counts as not asked
  base::json::Range include_usage_value;  // empty when the member is absent
  std::string_view messages;              // the array as written
  std::size_t messages_count = 0;
  std::string user;                        // safety_identifier, else user; unescaped
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens, else max_tokens
  std::int64_t n = 1;
  bool has_tools = false;
  std::size_t end = 0;  // offset of the closing brace

  /// Whether the caller expects the usage chunk in the stream.
  bool usage_asked() const { return include_usage.value_or(false); }
};

/// Checks what the gateway relies on and nothing else; the provider judges the rest. Members that
/// policy reads may not appear twice: two parsers could disagree on which one counts. Errors:
/// invalid_json, invalid_request (with param), worded as the provider words them.
base::Result<ChatRequest> scan_chat_request(std::string_view body, const ChatLimits& limits = {});

struct ChatEdits {
  std::optional<std::string_view> model;  // the name to send upstream
  bool include_usage = false;             // make a streamed answer end with its usage
};

/// The body with the edits spliced in; nothing when the body already says all of it. Every byte
/// outside the edited values is the caller's. REQUIRES: `request` was scanned from this very
/// `body`.
std::optional<std::string> edit_chat_request(std::string_view body, const ChatRequest& request,
                                             const ChatEdits& edits);

}  // namespace headgate::llm::openai
