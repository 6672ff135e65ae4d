// A streamed answer that broke off after the caller had got some of it, and the writer that knows
// what that was: from here another attempt can go on. Plain values; belongs to the delivery.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "llm/chat/answer.h"
#include "llm/chat/codec.h"

namespace headgate::gateway {

struct UnfinishedAnswer {
  llm::chat::Answer answer;  // so far; at most one candidate
  bool part_open = false;    // its last part has not ended
  std::unique_ptr<llm::chat::StreamWriter> writer;

  /// Whether any of it means something to a reader: text or a refusal, not reasoning.
  bool is_visible() const;
  /// The text that another model would go on from; nothing when there is more to it than text.
  std::optional<std::string> text() const;
  std::uint32_t parts() const;
  /// The events that have come so far.
  void replay(const std::function<void(const llm::chat::Event&)>& emit) const;
};

/// Calls cannot be gone on with in the middle, nor several candidates.
bool can_be_continued(const llm::chat::Answer& answer);

}  // namespace headgate::gateway
