// Cursor against simdjson on what the gateway does with every body: validate all of it and find
// model, stream and messages. simdjson's DOM validates the same; its On-Demand API gives byte
// ranges but does not validate the values it passes over. The results are in
// docs/decisions/0001-own-json-scanner.md.
#include "base/json/cursor.h"

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

namespace headgate::base::json {
namespace {

std::string words(std::size_t bytes) {
  constexpr std::string_view kText =
      "My order 10-48213 arrived yesterday, but the box was open and one part is missing. Could "
      "you "
      "please check what happened?\\nI would also like to know \\\"when\\\" the refund is paid. ";
  std::string out;
  while (out.size() < bytes) out += kText;
  return out;
}

// A conversation with two tools; `turn_bytes` of text in each of eight turns.
std::string chat_request(std::size_t turn_bytes) {
  std::string body = R"({"model":"gpt-4o-mini","temperature":0.2,"stream":true,"messages":[)";
  for (int i = 0; i < 8; ++i) {
    body += i == 0 ? "" : ",";
    body += R"({"role":")" + std::string(i % 2 == 0 ? "user" : "assistant") + R"(","content":")";
    body += words(turn_bytes) + "\"}";
  }
  body += R"(],"tools":[{"type":"function","function":{"name":"lookup_order","parameters":{"type":)"
          R"("object","properties":{"order_id":{"type":"string"},"limit":{"type":"integer"}},)"
          R"("required":["order_id"]}}}],"user":"u-4711","max_tokens":512})";
  return body;
}

std::string body_of(std::int64_t which) {
  if (which == 0) {
    return R"({"id":"chatcmpl-AbC123","object":"chat.completion.chunk","created":1700000000,)"
           R"("model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" the"},)"
           R"("finish_reason":null}],"usage":null})";
  }
  return chat_request(which == 1 ? 170 : 8'000);
}

void bytes_done(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
  state.SetLabel(std::to_string(size) + " bytes");
}

void cursor(benchmark::State& state) {
  const std::string body = body_of(state.range(0));
  for (auto _ : state) {
    Cursor reader(body);
    std::string_view key;
    std::string_view messages;
    Text model;
    bool stream = false;
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "model") {
        reader.string(model);
      } else if (key == "stream") {
        reader.boolean(stream);
      } else if (key == "messages") {
        reader.skip();
        messages = reader.value_text();
      }
    }
    bool ok = reader.finish();
    benchmark::DoNotOptimize(ok);
    benchmark::DoNotOptimize(model);
    benchmark::DoNotOptimize(messages);
  }
  bytes_done(state, body.size());
}
BENCHMARK(cursor)->DenseRange(0, 2);

void simdjson_dom(benchmark::State& state) {
  const simdjson::padded_string body(body_of(state.range(0)));
  simdjson::dom::parser parser;
  for (auto _ : state) {
    simdjson::dom::object object;
    simdjson::dom::array messages;
    std::string_view model;
    bool stream = false;
    bool ok = parser.parse(body).get(object) == simdjson::SUCCESS;
    for (const auto& [key, value] : object) {
      if (key == "model") {
        ok = value.get(model) == simdjson::SUCCESS && ok;
      } else if (key == "stream") {
        ok = value.get(stream) == simdjson::SUCCESS && ok;
      } else if (key == "messages") {
        ok = value.get(messages) == simdjson::SUCCESS && ok;
      }
    }
    benchmark::DoNotOptimize(ok);
    benchmark::DoNotOptimize(model);
  }
  bytes_done(state, body.size());
}
BENCHMARK(simdjson_dom)->DenseRange(0, 2);

void simdjson_on_demand(benchmark::State& state) {
  const simdjson::padded_string body(body_of(state.range(0)));
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object object;
    std::string_view model;
    std::string_view messages;
    bool stream = false;
    bool ok = parser.iterate(body).get(document) == simdjson::SUCCESS &&
              document.get_object().get(object) == simdjson::SUCCESS;
    for (auto field : object) {
      std::string_view key;
      ok = field.unescaped_key().get(key) == simdjson::SUCCESS && ok;
      if (key == "model") {
        ok = field.value().get(model) == simdjson::SUCCESS && ok;
      } else if (key == "stream") {
        ok = field.value().get(stream) == simdjson::SUCCESS && ok;
      } else if (key == "messages") {
        simdjson::ondemand::array array;
        ok = field.value().get_array().get(array) == simdjson::SUCCESS && ok;
        ok = array.raw_json().get(messages) == simdjson::SUCCESS && ok;
      }
    }
    benchmark::DoNotOptimize(ok);
    benchmark::DoNotOptimize(model);
    benchmark::DoNotOptimize(messages);
  }
  bytes_done(state, body.size());
}
BENCHMARK(simdjson_on_demand)->DenseRange(0, 2);

}  // namespace
}  // namespace headgate::base::json
