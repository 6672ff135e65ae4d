// What a call costs that is translated, beside one that passes: a request of an agent with tools
// and a history, and a streamed text.
#include <benchmark/benchmark.h>

#include <string>

#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/request_scan.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/anthropic/stream_writer.h"

namespace headgate::llm::anthropic {
namespace {

std::string agent_request(int turns) {
  const std::string prose(600, 'x');
  std::string body =
      R"({"model":"claude","max_tokens":4096,"stream":true,"system":[{"type":"text","text":")" +
      prose + R"(","cache_control":{"type":"ephemeral"}}],"tools":[)";
  for (int i = 0; i < 12; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"name":"tool_)" + std::to_string(i) +
            R"(","description":")" + prose.substr(0, 200) +
            R"(","input_schema":{"type":"object","properties":{"path":{"type":"string"},)"
            R"("limit":{"type":"integer"}},"required":["path"]}})";
  }
  body += R"(],"messages":[{"role":"user","content":"begin"})";
  for (int i = 0; i < turns; ++i) {
    const std::string id = "toolu_" + std::to_string(i);
    body += R"(,{"role":"assistant","content":[{"type":"text","text":"I shall look.\nNow."},)"
            R"({"type":"tool_use","id":")" +
            id +
            R"(","name":"tool_1","input":{"path":"/src/a.cc","limit":20}}]},)"
            R"({"role":"user","content":[{"type":"tool_result","tool_use_id":")" +
            id + R"(","content":[{"type":"text","text":")" + prose + R"("}]}]})";
  }
  return body + "]}";
}

void scan_and_edit(benchmark::State& state) {
  const std::string body = agent_request(20);
  chat::Edits edits;
  edits.model = "other";
  for (auto _ : state) {
    const auto head = scan_request(body);
    benchmark::DoNotOptimize(edit_request(body, *head, edits));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(scan_and_edit);

void decode(benchmark::State& state) {
  const std::string body = agent_request(20);
  for (auto _ : state) benchmark::DoNotOptimize(decode_request(body, {}));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(decode);

void encode(benchmark::State& state) {
  const std::string body = agent_request(20);
  const auto request = decode_request(body, {});
  for (auto _ : state) {
    chat::Losses losses;
    benchmark::DoNotOptimize(encode_request(*request, {.model = "m"}, losses));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(encode);

constexpr std::string_view kFrame =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}})";

// One delta: what a stream consists of.
void read_delta(benchmark::State& state) {
  StreamReader reader;
  chat::Events events;
  (void)reader.read({}, R"({"type":"message_start","message":{"id":"m"}})", events);
  (void)reader.read({},
                    R"({"type":"content_block_start","index":0,"content_block":)"
                    R"({"type":"text","text":""}})",
                    events);
  for (auto _ : state) {
    events.clear();
    benchmark::DoNotOptimize(reader.read({}, kFrame, events));
  }
}
BENCHMARK(read_delta);

void write_delta(benchmark::State& state) {
  StreamWriter writer(chat::AnswerContext{});
  std::string out;
  writer.write(chat::Begin{"m", "m", 0}, out);
  writer.write(chat::PartBegin{0, 0, chat::text_part("")}, out);
  const chat::Event event = chat::Delta{0, 0, chat::Delta::Kind::text, " word"};
  for (auto _ : state) {
    out.clear();
    writer.write(event, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_delta);

}  // namespace
}  // namespace headgate::llm::anthropic
