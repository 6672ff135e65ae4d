// hg_load: loads a chat completion endpoint in one of five ways (workloads.h) and prints what it
// saw as one JSON object. One thread. The API key comes from the environment: HG_LOAD_KEY.
#include <CLI/CLI.hpp>
#include <sys/resource.h>

#include <cstdio>
#include <exception>
#include <string>

#include "engine.h"
#include "workloads.h"

namespace headgate::load {
namespace {

struct Options {
  std::string target;
  ChatOptions chat;
  std::size_t connections = 64;
  double seconds = 3;
  double warmup_seconds = 0.5;
  double per_second = 1000;
  unsigned pace_ms = 250;
};

Window window_of(const Options& options) {
  return {.warmup_ns = static_cast<std::int64_t>(options.warmup_seconds * 1e9),
          .measured_ns = static_cast<std::int64_t>(options.seconds * 1e9)};
}

std::string microseconds(std::uint64_t value_ns) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", static_cast<double>(value_ns) / 1000);
  return text.data();
}

std::string json(const Histogram& histogram) {
  return "{\"count\":" + std::to_string(histogram.count()) +
         ",\"mean\":" + microseconds(static_cast<std::uint64_t>(histogram.mean_ns())) +
         ",\"p50\":" + microseconds(histogram.percentile_ns(0.5)) +
         ",\"p90\":" + microseconds(histogram.percentile_ns(0.9)) +
         ",\"p99\":" + microseconds(histogram.percentile_ns(0.99)) +
         ",\"p999\":" + microseconds(histogram.percentile_ns(0.999)) +
         ",\"max\":" + microseconds(histogram.max_ns()) + "}";
}

std::string json(const Traffic& traffic) {
  return "\"requests\":" + std::to_string(traffic.requests) +
         ",\"errors\":" + std::to_string(traffic.errors) + ",\"first_error\":\"" +
         traffic.first_error + "\",\"reconnects\":" + std::to_string(traffic.reconnects) +
         ",\"sent_bytes\":" + std::to_string(traffic.sent_bytes) +
         ",\"received_bytes\":" + std::to_string(traffic.received_bytes);
}

void print_requests(const Engine& engine, const Options& options, const Histogram& latency,
                    std::uint64_t unfinished) {
  const double per_second = static_cast<double>(latency.count()) / options.seconds;
  std::printf("{%s,\"unfinished\":%llu,\"rps\":%.1f,\"latency_us\":%s}\n",
              json(engine.traffic()).c_str(), static_cast<unsigned long long>(unfinished),
              per_second, json(latency).c_str());
}

void run_full_speed(Engine& engine, const Options& options) {
  ChatRequest request(options.chat);
  FullSpeed load(request, window_of(options));
  engine.run(load);
  print_requests(engine, options, load.latency(), load.unfinished());
}

void run_fixed_rate(Engine& engine, const Options& options) {
  ChatRequest request(options.chat);
  FixedRate load(request, window_of(options), options.per_second);
  engine.run(load);
  print_requests(engine, options, load.latency(), load.unfinished());
}

void run_streams(Engine& engine, const Options& options) {
  ChatOptions chat = options.chat;
  chat.stream = true;
  ChatRequest request(chat);
  chat.chunks = PacedStreams::kWarmupChunks;
  ChatRequest warmup(chat);
  PacedStreams load(warmup, request,
                    {.pace_ns = options.pace_ms * kNsPerMs, .chunks = options.chat.chunks});
  engine.run(load);
  std::printf(
      "{%s,\"streams\":%zu,\"complete\":%llu,\"stalled\":%llu,\"chunks\":%llu,"
      "\"all_chunks\":%llu,\"late_chunks\":%llu,\"first_chunk_us\":%s,\"transit_us\":%s}\n",
      json(engine.traffic()).c_str(), engine.size(),
      static_cast<unsigned long long>(load.complete()),
      static_cast<unsigned long long>(load.streams_stalled()),
      static_cast<unsigned long long>(load.chunks()),
      static_cast<unsigned long long>(load.all_chunks()),
      static_cast<unsigned long long>(load.late_chunks()), json(load.first_chunk()).c_str(),
      json(load.transit()).c_str());
}

void run_hold(Engine& engine, const Options& options, bool streams) {
  ChatOptions chat = options.chat;
  chat.stream = streams;
  chat.chunks = 1'000'000;  // the streams outlast any hold
  ChatRequest request(chat);
  Hold load(request);
  engine.run(load);
  std::printf("{%s,\"held\":%llu}\n", json(engine.traffic()).c_str(),
              static_cast<unsigned long long>(load.held()));
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--target", options.target, "IPv4 address and port")->required();
  app.add_option("--path", options.chat.path)->capture_default_str();
  app.add_option("--header", options.chat.headers, "further \"name: value\"; repeatable");
  app.add_option("--body-bytes", options.chat.body_bytes)->capture_default_str();
  app.add_option("--connections", options.connections, "or streams")->capture_default_str();
  app.add_option("--seconds", options.seconds, "measured time")->capture_default_str();
  app.add_option("--warmup-seconds", options.warmup_seconds)->capture_default_str();
  app.add_option("--per-second", options.per_second, "for rate")->capture_default_str();
  app.add_option("--chunks", options.chat.chunks, "for streams")->capture_default_str();
  app.add_option("--pace-ms", options.pace_ms, "the mock's, for streams")->capture_default_str();
  app.add_option("--key", options.chat.key, "bearer token")->envname("HG_LOAD_KEY");
}

int run_load(int argc, char** argv) {
  Options options;
  CLI::App app("A load generator for chat completion endpoints.", "hg_load");
  app.require_subcommand(1);
  app.fallthrough();
  add_options(app, options);
  auto* closed = app.add_subcommand("closed", "full speed, closed loop");
  auto* rate = app.add_subcommand("rate", "fixed rate, open loop");
  auto* streams = app.add_subcommand("streams", "concurrent paced streams");
  auto* idle = app.add_subcommand("hold-idle", "idle connections until standard input ends");
  auto* held = app.add_subcommand("hold-streams", "open streams until standard input ends");
  CLI11_PARSE(app, argc, argv);

  raise_fd_limit();
  use_exact_timers();
  options.chat.host = options.target;
  Engine engine(parse_address(options.target), options.connections);
  if (closed->parsed()) run_full_speed(engine, options);
  if (rate->parsed()) run_fixed_rate(engine, options);
  if (streams->parsed()) run_streams(engine, options);
  if (idle->parsed() || held->parsed()) run_hold(engine, options, held->parsed());
  return 0;
}

}  // namespace
}  // namespace headgate::load

int main(int argc, char** argv) {
  try {
    return headgate::load::run_load(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hg_load: %s\n", error.what());
    return 1;
  }
}
