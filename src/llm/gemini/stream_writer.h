// Events as Gemini streams them: chunks that each hold the next piece of one candidate, function
// calls whole, and a last chunk with every finishReason and the usage. The dialect has no end
// marker. Framed as server-sent events, or as the elements of one JSON array (a request without
// alt=sse). Holds back what has to come whole: calls and media. One object a stream.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json/writer.h"
#include "base/usage.h"
#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

enum class Framing : std::uint8_t { sse, array };

class StreamWriter final : public chat::StreamWriter {
 public:
  explicit StreamWriter(const chat::AnswerContext& context, Framing framing = Framing::sse)
      : id_(context.id), framing_(framing) {}

  void write(const chat::Event& event, std::string& out) override;
  /// Blank lines: official clients of several languages take a comment for a broken chunk.
  void keep_alive(std::string& out) override;
  void fail(const base::Error& error, std::string_view request_id, std::string& out) override;

 private:
  struct Lane {
    chat::Part part;        // that is open, with what was held back of it
    bool has_text = false;  // likewise
    std::string malformed;  // a call that no client could run
    std::optional<chat::Stop> stop;
  };

  Lane& lane(std::uint32_t candidate);
  void begin(const chat::Begin& begin);
  void part_begin(const chat::PartBegin& begin, std::string& out);
  void delta(const chat::Delta& delta, std::string& out);
  void part_end(std::uint32_t candidate, std::string& out);
  void end_call(Lane& lane, std::uint32_t candidate, std::string& out);
  void signature(Lane& lane, const std::string& value, std::uint32_t candidate, std::string& out);
  void end(std::string& out);
  void failed(const std::string& body, std::string& out);
  void write_end(const Lane& lane, std::size_t index, base::json::Writer& out) const;

  // A chunk of one candidate: what stands between is the part.
  void open_chunk(std::string& out);
  void close_chunk(std::uint32_t candidate, std::string& out, std::string_view logprobs = {});
  void frame(std::string& out);
  void unframe(std::string& out);
  void tail(base::json::Writer& out) const;

  std::string id_;
  std::string model_;
  Framing framing_;
  std::vector<Lane> lanes_;
  std::optional<base::Usage> usage_;
  bool first_ = true;  // nothing was written
  bool over_ = false;
};

}  // namespace headgate::llm::gemini
