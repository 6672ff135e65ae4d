// The grammar of a streamed chat answer, fed with the data of one SSE event after the other: tells
// when the first token came, which chunk is the usage chunk, whether the answer is whole, and
// gathers text, tool calls and usage for the trace. Holds no socket and no clock; one object per
// upstream attempt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "base/usage.h"
#include "llm/openai/chat_response.h"

namespace headgate::llm::openai {

struct ChunkFacts {
  bool content = false;     // a token: text, refusal, reasoning, audio or a part of a tool call
  bool usage_only = false;  // "choices": [] and a usage object
  bool strip = false;       // usage_only, and asked for by the gateway alone: not for the caller
  bool error = false;       // {"error": …}: the answer failed, see ChatStream::error()
  bool done = false;        // [DONE]
  /// Of a `"usage": null` that is there because the gateway asked for usage: its place in the data,
  /// with one of the commas beside it. Cut out, the chunk is what the caller asked for.
  base::json::Range usage_null;
};

/// A tool call put together from its fragments.
struct StreamedToolCall {
  std::int64_t index = 0;
  std::string id;
  std::string name;
  std::string arguments;  // JSON text as the model wrote it
};

struct ChatStreamOptions {
  bool usage_is_ours = false;                // include_usage was added by the gateway
  std::size_t gathered_bytes_max = 1 << 20;  // text, refusal and tool calls together
  std::size_t reasoning_bytes_max = 256 * 1024;
  std::size_t choices_max = 128;
  std::size_t tool_calls_max = 128;
  std::size_t depth_max = 128;
};

class ChatStream {
 public:
  explicit ChatStream(const ChatStreamOptions& options = {}) : options_(options) {}

  /// One event's data. Errors: upstream_malformed (not JSON, not a chunk, data after [DONE]).
  base::Result<ChunkFacts> on_data(std::string_view data);

  /// [DONE] came, every choice has its finish reason, and no error was sent.
  bool complete() const { return done_ && finished() && !error_; }
  /// What the end of the stream means now: cut short, without the provider having said why.
  bool truncated() const { return !complete() && !error_; }
  /// Every choice that was seen has its finish reason, and there was one. Servers that never send
  /// [DONE] are whole at this point, if the connection ends in order.
  bool finished() const;
  bool done() const { return done_; }
  bool has_content() const { return has_content_; }

  const std::string& id() const { return id_; }
  const std::string& model() const { return model_; }
  const std::optional<base::Usage>& usage() const { return usage_; }
  const std::optional<ProviderError>& error() const { return error_; }
  /// By choice index; empty while none came.
  const std::vector<std::string>& finish_reasons() const { return finish_reasons_; }

  /// Of choice 0, as far as the byte limit went.
  const std::string& text() const { return text_; }
  const std::string& refusal() const { return refusal_; }
  /// Likewise, where the server tells it, up to a limit of its own.
  const std::string& reasoning() const { return reasoning_; }
  const std::vector<StreamedToolCall>& tool_calls() const { return tool_calls_; }
  /// The tool calls as OpenAI's JSON array; empty when there are none.
  std::string tool_calls_json() const;
  bool gathered_cut() const { return gathered_cut_; }

 private:
  struct Choice;
  bool read_chunk(base::json::Cursor& cursor, ChunkFacts& facts);
  bool read_choices(base::json::Cursor& cursor, ChunkFacts& facts, bool& empty);
  bool read_choice(base::json::Cursor& cursor, ChunkFacts& facts);
  bool read_delta(base::json::Cursor& cursor, Choice& choice);
  void keep(const Choice& choice);
  void keep_tool_calls(std::string_view array);
  StreamedToolCall* tool_call_at(std::optional<std::int64_t> index, const base::json::Text& id);
  void gather(std::string& out, const base::json::Text& text);

  ChatStreamOptions options_;
  std::string id_;
  std::string model_;
  std::optional<base::Usage> usage_;
  base::ServiceTier tier_ = base::ServiceTier::standard;
  std::optional<ProviderError> error_;
  std::vector<std::string> finish_reasons_;
  std::string text_;
  std::string refusal_;
  std::string reasoning_;
  std::vector<StreamedToolCall> tool_calls_;
  std::size_t gathered_bytes_ = 0;
  bool gathered_cut_ = false;
  bool has_content_ = false;
  bool done_ = false;
};

}  // namespace headgate::llm::openai
