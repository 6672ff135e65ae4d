// What translating costs beside passing bytes on: a request of an agent's twentieth turn, and the
// events of a stream.
#include <benchmark/benchmark.h>

#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/request_scan.h"
#include "llm/responses/stream_reader.h"
#include "llm/responses/stream_writer.h"

namespace headgate::llm::responses {
namespace {

std::string agent_request() {
  const std::string result(1000, 'r');
  std::string body = R"({"model":"m","instructions":"Be careful.","input":[)";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    body += R"({"role":"user","content":"What about )" + n + R"(?"},)";
    body += R"({"type":"function_call","id":"fc_)" + n + R"(","call_id":"call_)" + n +
            R"(","name":"look_up","arguments":"{\"q\":\"x\"}"},)";
    body += R"({"type":"function_call_output","call_id":"call_)" + n + R"(","output":")" + result +
            R"("},)";
  }
  body += R"({"role":"user","content":"And now?"}],"stream":true})";
  return body;
}

void scan_and_edit(benchmark::State& state) {
  const std::string body = agent_request();
  for (auto _ : state) {
    const auto head = scan_request(body);
    benchmark::DoNotOptimize(edit_request(body, *head, {.model = "up"}));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(scan_and_edit);

void decode_and_encode(benchmark::State& state) {
  const std::string body = agent_request();
  for (auto _ : state) {
    const auto request = decode_request(body, {});
    chat::Losses losses;
    benchmark::DoNotOptimize(encode_request(*request, {.model = "up"}, losses));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(decode_and_encode);

constexpr std::string_view kDelta =
    R"({"type":"response.output_text.delta","item_id":"msg_68a1f0c301","output_index":0,)"
    R"("content_index":0,"delta":" wonderful","logprobs":[],"sequence_number":4,)"
    R"("obfuscation":"aB3xYz"})";

void read_a_delta(benchmark::State& state) {
  StreamReader reader;
  chat::Events events;
  for (auto _ : state) {
    events.clear();
    benchmark::DoNotOptimize(reader.read("response.output_text.delta", kDelta, events));
  }
}
BENCHMARK(read_a_delta);

void write_a_delta(benchmark::State& state) {
  const chat::Request request;
  StreamWriter writer({.request = &request}, {.held_bytes_max = SIZE_MAX});
  std::string out;
  writer.write(chat::PartBegin{0, 0, chat::text_part("")}, out);
  const chat::Event delta = chat::Delta{0, 0, chat::Delta::Kind::text, " wonderful"};
  for (auto _ : state) {
    out.clear();
    writer.write(delta, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_a_delta);

}  // namespace
}  // namespace headgate::llm::responses
