// From the events of a stream to the whole answer, and back: what a trace keeps, what a caller gets
// who did not ask for a stream, and how a whole answer is sent to one who did. Pure; one object a
// stream.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "llm/chat/answer.h"
#include "llm/chat/event.h"

namespace headgate::llm::chat {

class Assembler {
 public:
  /// Keeps at most `bytes_max` of text, arguments and the like, up to the first piece that does not
  /// fit; the rest is counted in cut_bytes().
  explicit Assembler(std::size_t bytes_max = SIZE_MAX) : bytes_max_(bytes_max) {}

  /// REQUIRES: the events so far obey the grammar.
  void add(const Event& event);

  const Answer& answer() const { return answer_; }
  Answer take() { return std::move(answer_); }
  /// Whether any text, reasoning or call has arrived.
  bool has_content() const { return has_content_; }
  bool ended() const { return ended_; }
  const std::optional<ProviderError>& error() const { return error_; }
  std::size_t cut_bytes() const { return cut_bytes_; }

 private:
  Candidate& candidate(std::uint32_t index);
  void append(const Delta& delta);
  void gather(std::string& out, std::string_view piece);
  void gather_array(std::string& array, std::string_view piece);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::size_t cut_bytes_ = 0;
  Answer answer_;
  bool has_content_ = false;
  bool ended_ = false;
  std::optional<ProviderError> error_;
};

/// The events of a whole answer: one delta for each text and each call's arguments. What events
/// have no word for is left out: extras, the origin, and log-probabilities of a candidate without
/// text.
void explode(const Answer& answer, const std::function<void(const Event&)>& emit);

}  // namespace headgate::llm::chat
