// Writes events as a streamed chat completion, as OpenAI's own SDKs want it: the role first, calls
// under indexes of their own, id and name once, the finish_reason in a chunk by itself, the usage
// chunk only for those who asked, [DONE] after a whole answer and never after an error. One object
// a stream; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

class StreamWriter final : public chat::StreamWriter {
 public:
  /// What `context` points to outlives the writer.
  explicit StreamWriter(const chat::AnswerContext& context);

  void write(const chat::Event& event, std::string& out) override;
  void keep_alive(std::string& out) override;
  void fail(const base::Error& error, std::string_view request_id, std::string& out) override;

 private:
  struct Candidate {
    bool begun = false;
    Said said;
    std::int64_t calls = 0;
    bool thought = false;  // some reasoning was said
    bool gap = false;      // and what comes is another piece of it
    chat::Part open;       // as it began; with the signature of a call, the data of an image
  };

  void begin(const chat::Begin& begin);
  void part_begins(const chat::PartBegin& begin, std::string& out);
  void delta(const chat::Delta& delta, std::string& out);
  void text_delta(const chat::Delta& delta, Candidate& of, std::string& out);
  void call_delta(const chat::Delta& delta, chat::ToolCall& call, std::string& out);
  void data_delta(const chat::Delta& delta, Candidate& of, std::string& out);
  void part_ends(const chat::PartEnd& end, std::string& out);
  void stop(const chat::Stop& stop, std::string& out);
  void end(std::string& out);
  void failed(const chat::ProviderError& error, std::string& out);

  Candidate& candidate(std::uint32_t index);
  void role(std::uint32_t index, bool calls_tools, std::string& out);
  void flush_call(std::string& out);
  void say(std::uint32_t index, std::string_view member, std::string_view text,
           std::string& out) const;
  void annotations(std::uint32_t index, std::string_view json, std::string& out) const;
  base::json::Writer open_chunk(std::uint32_t index, std::string& out) const;
  void close_chunk(std::string& out, std::string_view finish_reason = {},
                   std::string_view logprobs = "null") const;

  chat::AnswerContext context_;
  bool usage_asked_;
  std::string head_;  // of every chunk, up to the index of its choice
  std::vector<Candidate> candidates_;
  std::optional<std::uint32_t>
      unsaid_call_;  // the candidate whose call begins with what comes next
  std::optional<base::Usage> usage_;
  bool over_ = false;
};

}  // namespace headgate::llm::openai_chat
