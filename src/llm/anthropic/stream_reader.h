// A provider's message stream as events of the neutral grammar (chat/event.h). Strict about what
// carries meaning: a stream without message_stop is truncated, an error event after a 200 fails it.
// Unknown events, pings and unknown kinds of deltas are passed over. Blocks come one after the
// other; those that a provider interleaves are held back until their turn, blocks without a word in
// the neutral model until they are whole. No socket, no clock; one object a stream.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/json/members.h"
#include "llm/anthropic/usage.h"
#include "llm/chat/codec.h"

namespace headgate::llm::anthropic {

class StreamReader final : public chat::StreamReader {
 public:
  explicit StreamReader(const chat::Limits& limits = {}) : limits_(limits) {}

  base::Result<void> read(std::string_view name, std::string_view data, chat::Events& out) override;
  base::Result<void> finish(chat::Events& out) override;

 private:
  struct Frame;  // the members of one event
  struct Block {
    std::int64_t index = 0;   // the provider's
    std::uint32_t place = 0;  // ours
    chat::Part part;          // as it began; an opaque one is kept here until it is whole
    std::string seed;         // of a call: the input it began with
    std::string input;        // of an opaque block: its streamed input
    chat::Extras replaced;    // of an opaque block: members that deltas replaced
    std::string signature;    // of thoughts: the last one said
    chat::Events held;        // what waits for the blocks before
    std::size_t held_bytes = 0;
    bool has_arguments = false;
    bool ended = false;
  };

  base::Result<void> dispatch(std::string_view type, const Frame& frame, std::string_view data,
                              chat::Events& out);
  base::Result<void> message_start(const Frame& frame, chat::Events& out);
  base::Result<void> block_start(const Frame& frame, chat::Events& out);
  base::Result<void> begin(Block& block, chat::Events& out);
  base::Result<void> block_delta(const Frame& frame, chat::Events& out);
  base::Result<void> opaque_delta(Block& block, const std::string& type,
                                  base::json::Members& delta);
  base::Result<void> block_stop(const Frame& frame, chat::Events& out);
  base::Result<void> message_delta(const Frame& frame, chat::Events& out);
  base::Result<void> message_stop(chat::Events& out);
  void fail(const Frame& frame, std::string_view data, chat::Events& out);

  Block* find(const Frame& frame);
  base::Result<void> add(Block& block, chat::Delta::Kind kind, std::string value,
                         chat::Events& out);
  base::Result<void> keep(Block& block, std::size_t size);
  void emit(Block& block, chat::Event event, chat::Events& out);
  void end(Block& block, chat::Events& out);
  void advance(chat::Events& out);
  void say_usage(const Frame& frame, chat::Events& out);

  chat::Limits limits_;
  std::deque<Block> blocks_;  // not ended, or waiting; in the order they began, the first flows
  std::uint32_t places_ = 0;  // parts so far
  std::size_t held_bytes_ = 0;
  UsageTally usage_;
  std::optional<base::Usage> said_usage_;
  bool begun_ = false;
  bool stopped_ = false;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace headgate::llm::anthropic
