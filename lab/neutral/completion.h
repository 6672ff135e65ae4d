// A finished answer as the model would have produced it, in tokens, with its usage; in no
// provider's dialect. Families render it as one body or as a stream that adds up to the body.
// Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::lab {

/// Why an answer ended, by the words a script may use. Each family has its own word for each.
enum class FinishReason : std::uint8_t {
  none,  // the fault that never says why
  stop,
  length,
  tool_calls,
  content_filter,
  function_call,
  pause,
  context_window,
  recitation,
  blocklist,
  prohibited_content,
  spii,
  malformed_function_call,
  prompt_blocked,  // there is no answer at all, where the dialect can say so
  other,
};
std::string_view finish_name(FinishReason finish);

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens, std::size_t from, std::size_t count);
std::string joined(const Tokens& tokens);

struct CompletionCall {
  std::string id;  // 24 letters and digits; families add their prefix
  std::string name;
  Tokens arguments;
};

struct CompletionChoice {
  bool thought = false;   // the script gave thoughts and the request allowed them
  Tokens reasoning;       // them; empty when the client is not to see them
  bool redacted = false;  // they are sent unreadable, where the dialect can
  Tokens content;
  bool is_refusal = false;  // content is a refusal
  std::vector<CompletionCall> calls;
  FinishReason finish = FinishReason::stop;
  std::string stop_sequence;  // that ended it; empty: none
};

struct CompletionUsage {
  std::int64_t prompt = 0;            // all of it, cached or not
  std::int64_t cached = 0;            // of it, read from the prompt cache
  std::int64_t cache_write = 0;       // of it, written to the cache, with either lifetime
  std::int64_t cache_write_long = 0;  // of that, with the longer lifetime
  std::int64_t completion = 0;        // includes reasoning
  std::int64_t reasoning = 0;
};

struct Completion {
  std::string id;  // 29 letters and digits; families add their prefix or make their own of it
  std::int64_t created = 0;  // Unix seconds
  std::string model;
  std::vector<CompletionChoice> choices;
  CompletionUsage usage;
};

/// Tokens that the client sees: of choice `choice`, or of all.
std::int64_t emitted_tokens(const CompletionChoice& choice);
std::int64_t emitted_tokens(const Completion& completion);

}  // namespace headgate::lab
