// The request that hg_load sends: a chat completion as a support agent built with the openai client
// would send it: its headers, a system prompt, a conversation with escapes and text beyond ASCII,
// and a body of exactly the size asked for. Every send carries a new number inside its text, so
// that no cache on the way can answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::load {

struct ChatOptions {
  std::string host;  // of the Host header
  std::string path = "/v1/chat/completions";
  std::string key;                   // sent as a bearer token
  std::vector<std::string> headers;  // "name: value"
  std::size_t body_bytes = 2048;     // at least 1024
  bool stream = false;
  unsigned chunks = 42;  // of a stream: sent as max_tokens
};

class ChatRequest {
 public:
  explicit ChatRequest(const ChatOptions& options);
  /// The whole request, numbered anew. Valid until the next call. A send that was interrupted may
  /// go on with bytes(): at worst a few digits of its number are those of a later request.
  std::string_view next();
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t number_at_ = 0;
  std::uint64_t number_ = 0;
};

/// The JSON body alone, exactly `options.body_bytes` long; throws std::invalid_argument below 1024.
std::string chat_body(const ChatOptions& options);

}  // namespace headgate::load
