// What a call costs that is translated, beside one that passes: a request of an agent with tools
// and a history, and a streamed text.
#include <benchmark/benchmark.h>

#include <string>

#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/request_scan.h"
#include "llm/gemini/stream_reader.h"
#include "llm/gemini/stream_writer.h"

namespace headgate::llm::gemini {
namespace {

constexpr chat::Source kSource{.model = "gemini-3-flash", .stream = true};

std::string agent_request(int turns) {
  const std::string prose(600, 'x');
  std::string body = R"({"systemInstruction":{"parts":[{"text":")" + prose +
                     R"("}]},"tools":[{"functionDeclarations":[)";
  for (int i = 0; i < 12; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"name":"tool_)" + std::to_string(i) +
            R"(","description":")" + prose.substr(0, 200) +
            R"(","parametersJsonSchema":{"type":"object","properties":{"path":{"type":"string"},)"
            R"("limit":{"type":"integer"}},"required":["path"]}})";
  }
  body += R"(]}],"contents":[{"role":"user","parts":[{"text":"begin"}]})";
  for (int i = 0; i < turns; ++i) {
    body += R"(,{"role":"model","parts":[{"text":"I shall look.\nNow."},)"
            R"({"functionCall":{"name":"tool_1","args":{"path":"/src/a.cc","limit":20}},)"
            R"("thoughtSignature":")" +
            prose +
            R"("}]},{"role":"user","parts":[{"functionResponse":{"name":"tool_1",)"
            R"("response":{"output":")" +
            prose + R"("}}}]})";
  }
  return body + "]}";
}

void scan_and_edit(benchmark::State& state) {
  const std::string body = agent_request(20);
  chat::Edits edits;
  edits.model = "other";
  for (auto _ : state) {
    const auto head = scan_request(body, kSource, {});
    benchmark::DoNotOptimize(edit_request(body, *head, edits));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(scan_and_edit);

void decode(benchmark::State& state) {
  const std::string body = agent_request(20);
  for (auto _ : state) benchmark::DoNotOptimize(decode_request(body, kSource, {}));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(decode);

void encode(benchmark::State& state) {
  const std::string body = agent_request(20);
  auto request = decode_request(body, kSource, {});
  request->origin = chat::Dialect::openai_chat;
  for (auto _ : state) {
    chat::Losses losses;
    benchmark::DoNotOptimize(encode_request(*request, {.model = "gemini-3-flash"}, losses));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}
BENCHMARK(encode);

constexpr std::string_view kChunk =
    R"({"candidates":[{"content":{"parts":[{"text":" word"}],"role":"model"},"index":0}],)"
    R"("usageMetadata":{"promptTokenCount":7,"totalTokenCount":7,"promptTokensDetails":[)"
    R"({"modality":"TEXT","tokenCount":7}]},"modelVersion":"m","responseId":"r"})";

// One chunk of text: what a stream consists of.
void read_chunk(benchmark::State& state) {
  StreamReader reader;
  chat::Events events;
  (void)reader.read({}, kChunk, events);
  for (auto _ : state) {
    events.clear();
    benchmark::DoNotOptimize(reader.read({}, kChunk, events));
  }
}
BENCHMARK(read_chunk);

void write_delta(benchmark::State& state) {
  StreamWriter writer(chat::AnswerContext{});
  std::string out;
  writer.write(chat::Begin{"r", "m", 0}, out);
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
}  // namespace headgate::llm::gemini
