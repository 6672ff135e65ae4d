// What a span from outside costs the loop that takes it: 512 spans a request with 1.5 KB of content
// each, decoded, read, priced, cleaned and encoded for the journal. The store's own work is in
// trace_store_bench.cc.
#include "server/otlp/intake.h"

#include <benchmark/benchmark.h>

#include "base/async/loop.h"
#include "storage/temporary_folder.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/otlp/decode_protobuf.h"
#include "telemetry/otlp/encode_json.h"
#include "telemetry/otlp/encode_protobuf.h"
#include "telemetry/span_codec.h"

namespace headgate::server {
namespace {

constexpr std::size_t kSpans = 512;
constexpr std::size_t kContentBytes = 1500;

class EncodingSink final : public telemetry::SpanSink {
 public:
  bool record(const telemetry::ExchangeRecord& record) override {
    bytes_.resize(telemetry::encoded_size(record));
    telemetry::encode(record, bytes_.data());
    benchmark::DoNotOptimize(bytes_.data());
    return true;
  }

 private:
  std::vector<std::byte> bytes_;
};

// Prose, as prompts are: nothing in it that the redactor would find.
std::string prose(base::Random& random) {
  std::string out = R"([{"role":"user","parts":[{"type":"text","content":")";
  while (out.size() < kContentBytes) {
    for (std::uint64_t i = 0, n = 2 + random.below(8); i < n; ++i) {
      out += static_cast<char>('a' + random.below(26));
    }
    out += ' ';
  }
  return out + "\"}]}]";
}

telemetry::otlp::OutBatch batch(base::Random& random) {
  telemetry::otlp::OutBatch out;
  telemetry::otlp::OutResource& resource = out.resources.emplace_back();
  const auto text = [&](std::vector<telemetry::otlp::OutAttribute>& to, std::string_view key,
                        std::string value) {
    telemetry::otlp::OutAttribute& attribute = to.emplace_back();
    attribute.key = key;
    attribute.text = out.keep(std::move(value));
  };
  const auto number = [](std::vector<telemetry::otlp::OutAttribute>& to, std::string_view key,
                         std::int64_t value) {
    telemetry::otlp::OutAttribute& attribute = to.emplace_back();
    attribute.key = key;
    attribute.type = telemetry::otlp::OutAttribute::Type::integer;
    attribute.integer = value;
  };
  text(resource.attributes, "service.name", "agent");
  auto trace = base::TraceId::random(random);
  for (std::size_t i = 0; i < kSpans; ++i) {
    if (i % 8 == 0) trace = base::TraceId::random(random);
    telemetry::otlp::OutSpan& span = resource.spans.emplace_back();
    span.trace = trace;
    span.id = base::SpanId::random(random);
    span.name = "chat gpt-5.6";
    span.start_unix_ns = 1'790'000'000'000'000'000 + i;
    span.end_unix_ns = span.start_unix_ns + 1'000'000'000;
    text(span.attributes, "gen_ai.operation.name", "chat");
    text(span.attributes, "gen_ai.provider.name", "openai");
    text(span.attributes, "gen_ai.request.model", "gpt-5.6");
    text(span.attributes, "gen_ai.response.id", "chatcmpl-" + span.id.hex());
    text(span.attributes, "gen_ai.conversation.id", "conversation-7");
    text(span.attributes, "user.id", "ada");
    number(span.attributes, "gen_ai.usage.input_tokens", 400);
    number(span.attributes, "gen_ai.usage.output_tokens", 40);
    number(span.attributes, "server.port", 443);
    text(span.attributes, "server.address", "api.example.com");
    text(span.attributes, "gen_ai.input.messages", prose(random));
  }
  return out;
}

void take(benchmark::State& state, bool json) {
  base::SeededRandom random(1);
  const auto spans = batch(random);
  const std::string body =
      json ? telemetry::otlp::encode_json(spans) : telemetry::otlp::encode_protobuf(spans);
  const base::RealClock clock;
  base::Loop loop(clock);
  base::Cancellation cancellation;
  base::Context ctx{loop, cancellation};
  const base::Principal principal;
  ctx.principal = &principal;
  const gateway::Catalog catalog;
  EncodingSink sink;
  telemetry::Metrics metrics;
  telemetry::CallMetrics call_metrics(metrics);
  base::Redactor redactor = base::Redactor::create().value();
  telemetry::SecretKeys keys(redactor);
  for (auto _ : state) {
    state.PauseTiming();
    const storage::TemporaryFolder folder;  // or they were all taken before
    const auto seen = Seen::open(folder.path()).value();
    state.ResumeTiming();
    auto request =
        json ? telemetry::otlp::decode_json(body, {}) : telemetry::otlp::decode_protobuf(body, {});
    const IntakeTools tools{sink, call_metrics, redactor, keys, *seen};
    Intake intake(std::move(*request), ctx, catalog, tools, {});
    while (intake.step()) {
    }
    if (intake.taken() != kSpans) state.SkipWithError("not all were taken");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSpans));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

void protobuf(benchmark::State& state) { take(state, false); }
void json(benchmark::State& state) { take(state, true); }
BENCHMARK(protobuf);
BENCHMARK(json);

}  // namespace
}  // namespace headgate::server
