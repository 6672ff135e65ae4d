// A client's message stream: named events, one message, blocks one after the other with indexes
// from 0, the reason and the usage at the end. message_start waits for the first event after Begin
// that is not usage, so that it can tell the input tokens where they are known by then. Writes the
// candidate 0 alone. What has no block in this dialect (media, other providers' opaque parts) is
// left out. After End, Failed or fail() nothing more is written. No socket, no clock; one object a
// stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "llm/chat/codec.h"

namespace headgate::llm::anthropic {

class StreamWriter final : public chat::StreamWriter {
 public:
  explicit StreamWriter(const chat::AnswerContext& context) : id_(context.id) {}

  void write(const chat::Event& event, std::string& out) override;
  /// A ping; message_start before it, where it has waited.
  void keep_alive(std::string& out) override;
  void fail(const base::Error& error, std::string_view request_id, std::string& out) override;

 private:
  enum class Open : std::uint8_t {
    nothing,
    text_to_come,
    text,
    thoughts,
    call,
    custom_call,
    complete
  };

  void take(const chat::Begin& begin);
  void start(std::string& out);
  void begin_block(const chat::Part& part, std::string& out);
  void begin_call(const chat::ToolCall& call, const chat::Extras& extras, std::string& out);
  void begin_text(std::string& out);
  void delta(const chat::Delta& delta, std::string& out);
  void text(std::string_view value, std::string& out);
  void arguments(std::string_view value, std::string& out);
  void citations(std::string_view annotations, std::string& out);
  void end_block(std::string& out);
  void end(std::string& out);
  void error_event(const std::string& body, std::string& out);

  std::string id_;
  std::string model_;
  std::optional<base::Usage> usage_;
  chat::Stop stop_;
  chat::Reasoning thoughts_;  // of the open block: who signs
  std::int64_t index_ = 0;    // of the open block, or the next one
  Open open_ = Open::nothing;
  bool begun_ = false;
  bool started_ = false;
  bool has_calls_ = false;
  bool has_refusal_ = false;
  bool done_ = false;
};

}  // namespace headgate::llm::anthropic
