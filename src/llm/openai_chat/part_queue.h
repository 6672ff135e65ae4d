// The parts of one candidate as a stream of them comes, as events that obey the grammar: one part
// open at a time. Calls may come fragment by fragment and interleaved, without an index, without an
// id, or all under one index; what comes before its turn is held back. Internal to the folder.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/chat/codec.h"
#include "llm/openai/chat_chunk.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

/// Whether the brackets that were opened in a JSON object or array are closed again.
class JsonEnd {
 public:
  void feed(std::string_view json);
  bool reached() const { return begun_ && depth_ == 0; }

 private:
  std::int64_t depth_ = 0;
  bool begun_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

class PartQueue {
 public:
  /// `held_bytes` is what all queues of a stream hold together.
  PartQueue(std::uint32_t candidate, const chat::Limits& limits, std::size_t& held_bytes)
      : candidate_(candidate), limits_(limits), held_bytes_(held_bytes) {}

  /// A piece of text, refusal or reasoning: of the part that `seed` is like, if it came last.
  base::Result<void> text(const chat::Part& seed, std::string value, chat::Events& out);
  /// About the text or refusal that came last: its log-probabilities or citations.
  base::Result<void> about_text(chat::Delta::Kind kind, std::string_view json, chat::Events& out);
  base::Result<void> audio(std::string id, std::string data, chat::Events& out);
  base::Result<void> call(const openai::CallDelta& delta, std::string_view answer_id,
                          chat::Events& out);
  /// A part that came whole.
  base::Result<void> whole(chat::Part part, chat::Events& out);
  /// Nothing more comes, for now: ends every part.
  base::Result<void> close(chat::Events& out);

  const Said& said() const { return said_; }

 private:
  struct Piece {
    chat::Delta::Kind kind;
    std::string value;
  };
  struct Slot {
    chat::Part seed;
    std::int64_t wire_index = 0;  // of a call
    std::string wire_id;          // of a call: as it came, maybe empty
    JsonEnd end;                  // of a call's arguments
    std::vector<Piece> held;
    bool begun = false;
    bool has_signature = false;
  };

  base::Result<void> push(chat::Part seed);
  base::Result<void> add(Slot& slot, chat::Delta::Kind kind, std::string value, chat::Events& out);
  base::Result<void> advance(chat::Events& out);
  void begin(Slot& slot, chat::Events& out);
  void end_front(chat::Events& out);
  bool may_end(const Slot& slot) const;
  Slot* slot_of(const openai::CallDelta& delta);
  const Slot* ended_call(const openai::CallDelta& delta) const;
  base::Result<void> new_call(const openai::CallDelta& delta, std::string_view answer_id);

  std::uint32_t candidate_;
  const chat::Limits& limits_;
  std::size_t& held_bytes_;
  std::deque<Slot> slots_;  // the first is open or about to be
  std::vector<Slot> ended_calls_;
  std::uint32_t next_index_ = 0;
  std::size_t parts_ = 0;
  std::size_t calls_ = 0;
  Said said_;
};

}  // namespace headgate::llm::openai_chat
