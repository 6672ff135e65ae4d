// Any lines as events: what the reader says obeys the grammar, what is held is bounded, and a whole
// stream that is written anew reads as the same answer.
#include <cstdlib>
#include <string>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/chat/trace_text.h"
#include "llm/openai_chat/stream_reader.h"
#include "llm/openai_chat/stream_writer.h"

namespace {

namespace chat = headgate::llm::chat;
using headgate::llm::openai_chat::StreamReader;
using headgate::llm::openai_chat::StreamWriter;

// Aborts at what is no stream.
struct Listener {
  chat::Grammar grammar;
  chat::Assembler assembler;

  void hear(chat::Events& events) {
    for (const chat::Event& event : events) {
      if (!grammar.take(event).empty()) std::abort();
      assembler.add(event);
    }
  }
};

// The answer that a stream of our own is read as.
chat::Answer read_back(std::string_view stream) {
  StreamReader reader({.depth_max = 140});
  Listener listener;
  for (std::size_t at = 0; at < stream.size();) {
    const std::size_t end = stream.find("\n\n", at);
    chat::Events events;
    if (!reader.read("", stream.substr(at + 6, end - at - 6), events)) std::abort();
    listener.hear(events);
    at = end + 2;
  }
  return listener.assembler.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  StreamReader reader({.parts_max = 64, .candidates_max = 8, .held_bytes_max = 4096});
  StreamWriter writer({});
  Listener listener;
  std::string written;
  bool failed = false;
  const auto take = [&](bool read, chat::Events& events) {
    failed = failed || !read;
    listener.hear(events);
    for (const chat::Event& event : events) writer.write(event, written);
  };
  while (!rest.empty() && !failed) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    chat::Events events;
    take(reader.read("", rest.substr(0, end), events).has_value(), events);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  chat::Events events;
  if (!failed) take(reader.finish(events).has_value(), events);
  if (failed || listener.assembler.error()) return 0;
  if (!listener.assembler.ended()) std::abort();
  const chat::Answer answer = listener.assembler.take();
  const chat::Answer again = read_back(written);
  if (again.candidates.size() != answer.candidates.size()) std::abort();
  for (std::size_t i = 0; i < answer.candidates.size(); ++i) {
    if (trace_text(again.candidates[i]) != trace_text(answer.candidates[i])) std::abort();
  }
  return 0;
}
