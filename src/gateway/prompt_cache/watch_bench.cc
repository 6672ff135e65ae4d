// What watching a call costs on top of serving it: nothing where nobody caches, else a pass over
// the prompt. Conversations of 8 turns.
#include "gateway/prompt_cache/watch.h"

#include <benchmark/benchmark.h>

#include <string>

namespace headgate::gateway {
namespace {

std::string conversation(std::size_t bytes) {
  std::string body = R"({"model":"m","messages":[)";
  for (int i = 0; i < 8; ++i) {
    body += i == 0 ? "" : ",";
    body += R"({"role":"user","content":")" + std::string(bytes / 8, 'x') + "\"}";
  }
  return body + "]}";
}

CacheableCall call_of(const std::string& body) {
  CacheableCall call;
  call.model = "public-model";
  call.provider = "provider";
  call.upstream_model = "model-1";
  call.tenant = "tenant";
  call.body = body;
  call.begun = base::MonoTime(base::seconds(1));
  call.usage.input = 10'000;
  return call;
}

void watch_cached(benchmark::State& state) {
  const std::string body = conversation(static_cast<std::size_t>(state.range(0)));
  CacheableCall call = call_of(body);
  call.usage.cached = 8'000;
  PromptCacheWatch watch(1);
  for (auto _ : state) benchmark::DoNotOptimize(watch.on_call(call, call.begun));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(watch_cached)->Arg(4'000)->Arg(64'000)->Arg(512'000);

void watch_uncached(benchmark::State& state) {
  const std::string body = conversation(64'000);
  const CacheableCall call = call_of(body);
  PromptCacheWatch watch(1);
  for (auto _ : state) benchmark::DoNotOptimize(watch.on_call(call, call.begun));
}
BENCHMARK(watch_uncached);

}  // namespace
}  // namespace headgate::gateway
