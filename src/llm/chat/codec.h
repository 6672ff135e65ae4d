// What every dialect's codec offers, beside its plain functions (llm/<dialect>/*.h): a reader that
// turns a provider's stream into events, a writer that turns events into a client's stream, and
// what encoders are told and tell. The readers and writers own no socket and no clock; one object
// per stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/event.h"
#include "llm/chat/request.h"

namespace headgate::llm::chat {

/// Bounds on what a decoder takes; beyond: invalid_request of a caller, upstream_malformed of a
/// provider.
struct Limits {
  std::size_t depth_max = 128;
  std::size_t messages_max = 10'000;
  std::size_t parts_max = 10'000;  // of a message or an answer
  std::size_t tools_max = 1'000;
  std::size_t candidates_max = 128;
  std::size_t model_bytes_max = 256;
  std::size_t user_bytes_max = 1024;
  std::size_t held_bytes_max = 8 << 20;  // a reader's or writer's own memory
};

/// What a request's body does not say, because the dialect has it in the URL or a header.
struct Source {
  std::string_view model;        // Gemini
  bool stream = false;           // Gemini
  bool as_array = false;         // Gemini: a stream comes as a JSON array instead of events
  std::string_view api_version;  // Anthropic: "2023-06-01", "2026-10-21"; Gemini: "v1", "v1beta"
};

/// OpenAI chat: where a request says whether its stream shall end with usage.
struct StreamOptions {
  std::optional<base::json::Range> value;  // when the member is there and not null
  std::optional<base::json::Range> null;   // when it is null
  bool is_empty = false;                   // "{}"
  std::optional<bool> include_usage;       // as the caller asked; null counts as not asked
  base::json::Range include_usage_value;   // empty when the member is absent
};

/// What policy reads of a request that will pass as it came, found in one scan. Views point into
/// the body.
struct Head {
  std::string model;
  base::json::Range model_value;  // with its quotes; empty: not in the body
  bool stream = false;
  std::string user;
  std::string_view prompt;  // messages, input or contents as written
  std::size_t messages_count = 0;
  std::optional<std::int64_t> output_tokens_max;
  std::int64_t candidates = 1;
  bool has_tools = false;
  bool has_cache_marks = false;      // somebody marked the prompt for caching already
  std::string cache_key;             // OpenAI's prompt_cache_key
  std::string previous_response_id;  // OpenAI responses
  bool store = true;                 // OpenAI responses
  bool background = false;           // OpenAI responses
  StreamOptions stream_options;
  /// Blocks of the history that only a gateway could have put there (Anthropic: thoughts of another
  /// provider's model) and that the provider would refuse. An edit takes them out; in order.
  std::vector<base::json::Range> cuts;
  std::size_t end = 0;    // offset of the body's closing brace
  bool is_empty = false;  // "{}"

  /// OpenAI chat: whether the caller expects the usage chunk in the stream.
  bool usage_asked() const { return stream_options.include_usage.value_or(false); }
};

/// Changes that policy makes to a body that otherwise passes byte for byte.
struct Edits {
  std::optional<std::string_view> model;
  bool include_usage = false;  // OpenAI chat: make a streamed answer end with its usage
  std::string_view cache_key;  // added where the caller has none; empty: not added
  bool mark_cache = false;     // a breakpoint on the whole prompt, where the caller set none
};

/// What an encoder of requests must know of the target.
struct Target {
  std::string_view model;                     // as the provider calls it
  std::string_view api_version;               // as in Source
  bool usage_in_stream = true;                // ask a stream for its usage
  std::int64_t output_tokens_default = 8192;  // where the dialect insists on a limit
  // OpenAI chat, for the many servers that speak it:
  bool old_words = false;      // max_tokens, user, no developer role, no cache marks
  bool thoughts_back = false;  // thoughts of earlier turns as reasoning_content: some insist on
                               // them, others refuse them
};

/// What an encoder could not say in its dialect.
struct Loss {
  enum class Weight : std::uint8_t {
    hint,     // the answer means the same without it (ids, cache keys, tiers, metadata)
    meaning,  // the answer would be another one
  };
  std::string
      field;  // in the words of the request's own dialect: "messages[2].content[0].image_url"
  std::string why;
  Weight weight = Weight::meaning;
  friend bool operator==(const Loss&, const Loss&) = default;
};
using Losses = std::vector<Loss>;

/// What an encoder of answers must know of the call.
struct AnswerContext {
  const Request* request =
      nullptr;                 // the caller's, where it was decoded; never null across dialects
  std::string_view id;         // of the answer, in the dialect's form; empty: one is derived
  bool as_array = false;       // as in Source
  std::int64_t created_s = 0;  // where the provider did not say
  std::string_view api_version;
};

/// A provider's stream, one server-sent event after the other.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  /// Appends what the event says. `name` is the event's, empty where there is none. Errors:
  /// upstream_malformed, upstream_too_large; the stream is then of no further use.
  virtual base::Result<void> read(std::string_view name, std::string_view data, Events& out) = 0;
  /// The connection ended in order. Errors: upstream_truncated, when the answer was not whole.
  virtual base::Result<void> finish(Events& out) = 0;
};

/// A client's stream. Takes events in the order of the grammar (event.h).
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  /// Appends the bytes to send, whole server-sent events; may be none.
  virtual void write(const Event& event, std::string& out) = 0;
  /// A sign of life that the dialect's clients ignore.
  virtual void keep_alive(std::string& out) = 0;
  /// The stream failed on our side: the dialect's error event. Nothing may follow it.
  virtual void fail(const base::Error& error, std::string_view request_id, std::string& out) = 0;
};

}  // namespace headgate::llm::chat
