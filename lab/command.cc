#include "lab/command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>

#include "lab/lab.h"

namespace headgate::lab {

void add_lab_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<LabOptions>();
  auto* lab = app.add_subcommand("lab", "A scripted, fault-injecting provider for offline tests");
  lab->add_option("script", options->script, "Script in YAML; without one the lab echoes");
  lab->add_option("--listen", options->listen, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str();
  lab->add_option("--ready-file", options->ready_file, "Gets the address as JSON once it accepts");
  lab->add_option("--seed", options->seed, "Seed of everything random")->capture_default_str();
  lab->add_flag("--deterministic", options->deterministic, "Ids and times repeat by seed, too");
  lab->add_option("--record", options->record, "Forward to --upstream, append exchanges to FILE");
  lab->add_option("--upstream", options->upstream, "Base URL of a real provider (with /v1)");
  lab->add_option("--replay", options->replay, "Answer from a recorded FILE");
  lab->add_option("--speed", options->speed, "Pace of the replay; 0: no waits")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  lab->add_flag("--check", options->check, "Only read the script or recording; 2 when it is wrong");
  lab->callback([options, &exit_code] { exit_code = run_lab(*options); });
}

}  // namespace headgate::lab
