// Reads a provider's streamed chat completion as events. Takes what OpenAI-compatible servers do
// beside the documented form: no index, no role, no delta, no [DONE]; a finish_reason twice; usage
// in any chunk; Azure's chunks about filters; whole or interleaved tool calls. One object a stream;
// not thread-safe.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "llm/chat/codec.h"
#include "llm/openai/chat_chunk.h"
#include "llm/openai_chat/part_queue.h"

namespace headgate::llm::openai_chat {

class StreamReader final : public chat::StreamReader {
 public:
  explicit StreamReader(const chat::Limits& limits) : limits_(limits) {}

  /// An error the provider sends becomes Failed; what it sends after that is ignored. Stops come
  /// with [DONE], since content may follow a finish_reason. Errors, beside upstream_malformed and
  /// upstream_too_large: upstream_truncated, for a [DONE] before every choice has said its
  /// finish_reason.
  base::Result<void> read(std::string_view name, std::string_view data, chat::Events& out) override;
  /// Servers that never send [DONE] are whole when every choice has its finish_reason.
  base::Result<void> finish(chat::Events& out) override;

 private:
  struct Candidate {
    Candidate(std::uint32_t index, const chat::Limits& limits, std::size_t& held_bytes)
        : parts(index, limits, held_bytes) {}
    PartQueue parts;
    bool seen = false;
    std::string finish_reason;
    std::string stop_sequence;
  };

  base::Result<void> take(chat::Events& out);
  base::Result<void> take_choice(const openai::ChoiceDelta& choice, chat::Events& out);
  base::Result<void> take_texts(const openai::ChoiceDelta& choice, PartQueue& parts,
                                chat::Events& out);
  base::Result<void> take_parts(std::string_view array, PartQueue& parts, chat::Events& out);
  base::Result<void> conclude(chat::Events& out);
  bool is_whole() const;

  chat::Limits limits_;
  openai::Chunk chunk_;
  std::deque<Candidate> candidates_;
  std::size_t held_bytes_ = 0;
  std::string id_;
  std::string model_;
  std::int64_t created_s_ = 0;
  base::ServiceTier tier_ = base::ServiceTier::standard;
  bool begun_ = false;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace headgate::llm::openai_chat
