// Any bytes in any cut give the blocks of the uncut bytes, and the raw bytes add up to the input.
// The first bytes choose the cuts.
#include "http/sse.h"

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using headgate::http::SseBlock;
using headgate::http::SseParser;

// Everything that was seen, as one text to compare.
struct Trace {
  std::string events;
  std::string raw;
  bool failed = false;
};

void drain(SseParser& parser, Trace& trace) {
  SseBlock block;
  while (!trace.failed) {
    const auto more = parser.next(block);
    trace.failed = more.has_error();
    if (!more || !*more) return;
    trace.raw.append(block.raw);
    trace.events.append(std::to_string(block.raw.size())).append(block.has_data ? "d" : "-");
    trace.events.append(block.data).append("\x01").append(block.name).append("\x01");
    trace.events.append(block.id).append("\x01");
    trace.events.append(block.retry_ms ? std::to_string(*block.retry_ms) : "-").append("\x02");
  }
}

Trace parse(std::string_view text, std::string_view cuts) {
  SseParser parser(512);
  Trace trace;
  std::size_t from = 0;
  for (std::size_t i = 0; from < text.size() && !trace.failed; ++i) {
    const std::size_t wanted =
        cuts.empty() ? text.size() : static_cast<unsigned char>(cuts[i % cuts.size()]) % 24 + 1;
    const std::string piece(text.substr(from, wanted));
    parser.feed(piece);
    drain(parser, trace);
    from += piece.size();
  }
  if (trace.failed) return trace;
  parser.end();
  drain(parser, trace);
  trace.raw.append(text.substr(text.size() - parser.pending()));
  return trace;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view cuts = input.substr(0, std::min<std::size_t>(size, 4));
  const std::string_view text = input.substr(cuts.size());
  const Trace whole = parse(text, {});
  const Trace cut = parse(text, cuts);
  if (whole.failed != cut.failed || whole.events != cut.events) std::abort();
  if (!whole.failed && (whole.raw != text || cut.raw != text)) std::abort();
  return 0;
}
