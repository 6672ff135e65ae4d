// Arbitrary bytes as request and response heads and as chunked bodies, and as a stream cut
// anywhere: no crash, and a head that parses has sane views.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/wire/chunked.h"
#include "http/wire/head_parser.h"

using namespace headgate::http;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void parse_heads(std::string_view input) {
  const HeadLimits limits;
  const std::size_t end = find_head_end(input, 0);
  is_hopeless(input, 0);
  if (end == 0) return;
  const auto head = input.substr(0, end);
  RequestHead request;
  if (parse_request_head(head, limits, request)) {
    require(!request.path.empty() && (request.path.front() == '/' || request.path == "*"));
    for (const auto& header : request.headers) {
      require(!header.name.empty() && header.value.find('\n') == std::string_view::npos);
    }
    require(request.body != BodyKind::chunked || request.content_length == 0);
  }
  ResponseHead response;
  if (parse_response_head(head, limits, Method::post, response)) {
    require(response.status >= 100 && response.status <= 599);
  }
}

// Whole and in two pieces: the same body, the same verdict.
struct Outcome {
  std::string body;
  bool failed = false;
  bool done = false;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(std::string_view first, std::string_view second) {
  Outcome out;
  ChunkedDecoder decoder;
  std::string buffer;
  for (const auto part : {first, second}) {
    buffer += part;
    while (!decoder.done()) {
      const auto step = decoder.next(buffer);
      if (!step) {
        out.failed = true;
        return out;
      }
      require(step->consumed <= buffer.size());
      out.body += step->data;
      if (step->consumed == 0) break;
      buffer.erase(0, step->consumed);
    }
  }
  out.done = decoder.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  parse_heads(input);
  if (size == 0) return 0;
  const std::size_t cut = data[0] % size;
  const auto whole = decode(input, {});
  const auto halves = decode(input.substr(0, cut), input.substr(cut));
  require(whole.failed == halves.failed && whole.done == halves.done);
  require(whole.failed || whole.body == halves.body);
  return 0;
}
