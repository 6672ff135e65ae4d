// What redaction costs a call: clean chat text, as nearly all text is, and text with secrets.
#include "base/redact/redact.h"

#include <benchmark/benchmark.h>

#include <string>

namespace headgate::base {
namespace {

std::string chat_text(std::size_t bytes) {
  constexpr std::string_view kText =
      R"({"role":"user","content":"Hello, my order 10-48213 of 2026-11-03 arrived yesterday, one )"
      R"(part is missing (see https://shop.example/orders/48213). Total tokens: 1532. Please call )"
      R"(+49 30 1234567 or write to me; the task-id is 5b1d7b0e-6d0c-4c6e-9a39-0c3f4f1f9a11."},)";
  std::string out = "[";
  while (out.size() < bytes) out += kText;
  out.back() = ']';
  return out;
}

void clean(benchmark::State& state) {
  Redactor redactor = *Redactor::create();
  const std::string text = chat_text(static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    bool found = redactor.redact(text, out);
    benchmark::DoNotOptimize(found);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(clean)->Arg(200)->Arg(2'000)->Arg(64'000);

void with_secrets(benchmark::State& state) {
  Redactor redactor = *Redactor::create();
  std::string text = chat_text(static_cast<std::size_t>(state.range(0)));
  text.insert(text.size() / 2, std::string(R"( {"password":"x"}, {"n":"4111 1111 1111 1111"}, )"));
  std::string out;
  for (auto _ : state) {
    bool found = redactor.redact(text, out);
    benchmark::DoNotOptimize(found);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(with_secrets)->Arg(2'000)->Arg(64'000);

void create(benchmark::State& state) {
  for (auto _ : state) {
    auto redactor = Redactor::create();
    benchmark::DoNotOptimize(redactor);
  }
}
BENCHMARK(create)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace headgate::base
