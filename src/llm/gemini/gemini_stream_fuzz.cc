// Any lines as events: no crash, bounded memory, events in the order of the grammar; and what our
// writer makes of them is a stream that the reader takes.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "llm/chat/assembler.h"
#include "llm/chat/grammar.h"
#include "llm/gemini/stream_reader.h"
#include "llm/gemini/stream_writer.h"

namespace {

namespace gemini = headgate::llm::gemini;
namespace chat = headgate::llm::chat;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Checked {
  chat::Grammar grammar;
  chat::Assembler assembler;

  void take(const chat::Events& events) {
    for (const chat::Event& event : events) {
      require(grammar.take(event).empty());
      assembler.add(event);
    }
  }
};

// Blocks of one data line, as the writer writes them.
void read_back(std::string_view bytes, bool whole) {
  gemini::StreamReader reader;
  Checked checked;
  chat::Events events;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\n\n");
    require(end != std::string_view::npos && bytes.starts_with("data: "));
    const std::string_view json = bytes.substr(6, end - 6);
    require(headgate::base::json::valid(json, 1024));
    events.clear();
    require(reader.read({}, json, events).has_value());
    checked.take(events);
    bytes.remove_prefix(end + 2);
  }
  events.clear();
  const auto finished = reader.finish(events);
  if (whole) require(finished.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const chat::Limits limits{
      .depth_max = 64, .parts_max = 16, .candidates_max = 4, .held_bytes_max = 4096};
  gemini::StreamReader reader(limits);
  gemini::StreamWriter writer({});
  Checked checked;
  std::string written;
  chat::Events events;
  bool ok = true;
  while (ok && !rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    events.clear();
    ok = reader.read({}, rest.substr(0, end), events).has_value();
    checked.take(events);
    for (const chat::Event& event : events) writer.write(event, written);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  events.clear();
  const bool whole = ok && reader.finish(events).has_value();
  checked.take(events);
  for (const chat::Event& event : events) writer.write(event, written);
  require(!whole || checked.grammar.ended());
  read_back(written, whole);
  return 0;
}
