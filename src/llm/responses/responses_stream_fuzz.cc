// Any lines as events: the reader's events obey the grammar, and what the writer makes of them is
// read again as the same answer.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/responses/stream_reader.h"
#include "llm/responses/stream_writer.h"

namespace {

namespace chat = headgate::llm::chat;
namespace responses = headgate::llm::responses;

// Feeds "event: …\ndata: …\n\n" blocks.
bool feed(responses::StreamReader& reader, std::string_view stream, chat::Events& events) {
  while (!stream.empty()) {
    const std::size_t end = std::min(stream.find('\n'), stream.size());
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(std::min(end + 1, stream.size()));
    if (!line.starts_with("data: ")) continue;
    if (!reader.read({}, line.substr(6), events)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  responses::StreamReader reader({.parts_max = 64, .held_bytes_max = 256});
  chat::Events events;
  bool failed = false;
  while (!rest.empty() && !failed) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    failed = !reader.read({}, rest.substr(0, end), events);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  chat::Grammar grammar;
  chat::Assembler assembler;
  chat::Request request;
  request.extras.push_back({"include", "[\"reasoning.encrypted_content\"]"});
  responses::StreamWriter writer({.request = &request});
  std::string stream;
  for (const chat::Event& event : events) {
    if (!grammar.take(event).empty()) std::abort();
    assembler.add(event);
    writer.write(event, stream);
  }
  if (!failed && grammar.ended() != reader.finish(events).has_value()) std::abort();
  if (!grammar.ended() || assembler.error()) return 0;
  responses::StreamReader second;
  chat::Events again;
  if (!feed(second, stream, again) || !second.finish(again)) std::abort();
  chat::Grammar strict;
  for (const chat::Event& event : again) {
    if (!strict.take(event).empty()) std::abort();
  }
  return 0;
}
