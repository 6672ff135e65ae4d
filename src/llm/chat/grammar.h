// Checks that a sequence of events is a stream (the grammar stands in event.h). Readers are tested
// and fuzzed against it, and a gateway can hold it against what it is about to send. One object a
// stream; not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "llm/chat/event.h"

namespace headgate::llm::chat {

class Grammar {
 public:
  /// Empty when `event` may come now; else what is wrong with it. After a mistake every further
  /// event is one.
  std::string take(const Event& event);
  /// End or Failed came, in order.
  bool ended() const { return ended_; }

 private:
  struct CandidateState {
    std::uint32_t next_index = 0;
    bool open = false;
    std::size_t kind = 0;        // of the open part: its place in Part::value
    bool has_signature = false;  // likewise
    bool stopped = false;
  };

  std::string wrong_with(const Event& event);
  std::string part_begins(const PartBegin& begin);
  std::string part_ends(const PartEnd& end);
  std::string stops(const Stop& stop);
  std::string delta(const Delta& delta);

  std::map<std::uint32_t, CandidateState> candidates_;
  bool begun_ = false;
  bool ended_ = false;
  bool broken_ = false;
};

}  // namespace headgate::llm::chat
