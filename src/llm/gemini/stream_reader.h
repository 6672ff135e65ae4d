// Gemini's stream, one GenerateContentResponse after the other, as events. The dialect has no last
// event: a stream is whole when every candidate has said why it ended, so Stop and End come with
// finish(). Text, thoughts and whole calls are passed on as they come; arguments that the provider
// streams in pieces are put together first, since the pieces name places and not text. One object a
// stream.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/usage.h"
#include "llm/chat/codec.h"
#include "llm/gemini_wire/part.h"
#include "llm/gemini_wire/partial_args.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {

class StreamReader final : public chat::StreamReader {
 public:
  explicit StreamReader(const chat::Limits& limits = {}) : limits_(limits) {}

  base::Result<void> read(std::string_view name, std::string_view data, chat::Events& out) override;
  base::Result<void> finish(chat::Events& out) override;

 private:
  enum class Open : std::uint8_t { nothing, text, thought, call, whole };

  // What is known of one candidate.
  struct Lane {
    std::uint32_t next_part = 0;
    Open open = Open::nothing;
    bool has_signature = false;               // the open part
    std::optional<PartialArgs> partial_args;  // of the open call
    bool will_continue = false;               // likewise
    std::size_t calls = 0;
    std::string finish_reason;
    bool seen = false;
  };

  // A chunk's candidate, whose index may stand last.
  struct Chunk {
    std::string_view content;
    std::string_view logprobs;
    std::string finish_reason;
    std::optional<std::int64_t> index;
  };

  bool begin(Reading& reading, chat::Events& out);
  bool chunk(Reading& reading, chat::Events& out);
  bool member(Reading& reading, const std::string& name, chat::Events& out);
  bool candidates(Reading& reading, chat::Events& out);
  bool candidate_member(Reading& reading, std::string_view name, Chunk& out);
  bool usage(Reading& reading, chat::Events& out);
  bool feedback(Reading& reading);
  base::Result<void> take(const Chunk& chunk, std::size_t position, chat::Events& out);
  base::Result<void> content(std::string_view json, std::uint32_t candidate, chat::Events& out);
  base::Result<void> part(WirePart&& part, std::uint32_t candidate, chat::Events& out);
  base::Result<void> call(WirePart&& part, std::uint32_t candidate, chat::Events& out);
  base::Result<void> more_of_call(const WirePart& part, std::uint32_t candidate, chat::Events& out);

  void text(const std::string& text, Open kind, std::uint32_t candidate, chat::Events& out);
  void sign(std::string signature, bool of_thought, std::uint32_t candidate, chat::Events& out);
  void start(chat::Part part, Open kind, std::uint32_t candidate, chat::Events& out);
  void delta(chat::Delta::Kind kind, std::string value, std::uint32_t candidate, chat::Events& out);
  void end_part(std::uint32_t candidate, chat::Events& out);
  void end_call(Lane& lane, std::uint32_t candidate, chat::Events& out);

  chat::Limits limits_;
  std::vector<Lane> lanes_;
  std::string id_;
  std::string block_reason_;
  std::optional<base::Usage> usage_;
  std::int64_t searches_ = 0;
  std::optional<base::Error> error_;  // of what was taken while a Reading was on its way
  bool begun_ = false;
  bool failed_ = false;
};

}  // namespace headgate::llm::gemini
