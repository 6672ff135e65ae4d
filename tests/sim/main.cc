// hg_sim: runs the simulator over seeds and stops at the first that breaks an invariant, with its
// last events and the command that repeats it.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "world.h"

namespace headgate::sim {
namespace {

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  double minutes = 0;
  bool verbose = false;
  bool repeat = false;
  Plant plant = Plant::none;
};

struct Total {
  std::uint64_t runs = 0;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t events = 0;
  double seconds = 0;  // virtual
  std::array<std::uint64_t, kFaultCount> struck{};

  void add(const Verdict& verdict) {
    ++runs;
    requests += verdict.requests;
    answers += verdict.answers;
    events += verdict.events;
    seconds += std::chrono::duration<double>(verdict.length).count();
    for (std::size_t i = 0; i < kFaultCount; ++i) {
      struck.at(i) += static_cast<std::uint64_t>(verdict.struck.at(i));
    }
  }
};

void print_event(const std::string& line) { std::fprintf(stdout, "%s\n", line.c_str()); }

void report(const Verdict& verdict, const Options& options, const std::string& program) {
  if (!options.verbose) {
    for (const auto& line : verdict.tail) print_event(line);
  }
  const std::string plant =
      options.plant == Plant::none ? "" : " --plant " + std::string(name(options.plant));
  fmt::print("\nseed {} broke {}\n  {}\nrepeat it: {} --seed {}{} --verbose\n", verdict.seed,
             verdict.violation->invariant, verdict.violation->what, program, verdict.seed, plant);
}

void print_total(const Total& total, double took_s) {
  fmt::print(
      "{} seeds, {} requests ({} answers), {} events, {:.0f} s of virtual time in {:.1f} s\n",
      total.runs, total.requests, total.answers, total.events, total.seconds, took_s);
  for (std::size_t i = 1; i < kFaultCount; ++i) {
    fmt::print("  {:<18}{}\n", name(static_cast<Fault>(i)), total.struck.at(i));
  }
}

Verdict run_once(std::uint64_t seed, const Options& options, Costly& costly) {
  Verdict verdict = options.verbose ? run_world(seed, costly, options.plant, print_event)
                                    : run_world(seed, costly, options.plant);
  if (verdict.violation || !options.repeat) return verdict;
  const Verdict again = run_world(seed, costly, options.plant);
  if (again.hash != verdict.hash) {
    verdict.violation = Violation{"runs_repeat", "two runs of it have different histories"};
  }
  return verdict;
}

int run(const Options& options, const std::string& program) {
  const base::RealClock clock;
  Costly costly;
  Total total;
  const auto begun = clock.now();
  const auto took_s = [&] { return std::chrono::duration<double>(clock.now() - begun).count(); };
  for (std::uint64_t seed = options.seed;; ++seed) {
    const bool more =
        options.minutes > 0 ? took_s() < options.minutes * 60 : seed - options.seed < options.count;
    if (!more) break;
    const Verdict verdict = run_once(seed, options, costly);
    if (verdict.violation) {
      report(verdict, options, program);
      return 1;
    }
    total.add(verdict);
  }
  print_total(total, took_s());
  return 0;
}

}  // namespace
}  // namespace headgate::sim

int main(int argc, char** argv) {
  using headgate::sim::Plant;
  headgate::sim::Options options;
  std::map<std::string, Plant> plants;
  for (const auto& row : headgate::sim::kPlants) plants[std::string(row.name)] = row.plant;
  CLI::App app{"Simulates the gateway, its clients and its providers under virtual time."};
  app.add_option("--seed", options.seed, "The first seed");
  app.add_option("--count", options.count, "How many seeds");
  app.add_option("--minutes", options.minutes, "As many seeds as fit into so long, instead");
  app.add_flag("--verbose", options.verbose, "Print every event");
  app.add_flag("--repeat", options.repeat, "Run each seed twice and compare");
  app.add_option("--plant", options.plant, "A bug to plant at the edges")
      ->transform(CLI::CheckedTransformer(plants));
  CLI11_PARSE(app, argc, argv);
  return headgate::sim::run(options, argv[0]);
}
