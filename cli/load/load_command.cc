#include "cli/load/load_command.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>

#include "cli/load/load.h"

namespace headgate::cli {
namespace {

constexpr std::size_t kTicketsMax = 10'000'000;

void add_where(CLI::App& load, LoadOptions& options) {
  load.add_option("--gateway", options.gateway.url, "URL of the running gateway")
      ->capture_default_str();
  load.add_option("--key", options.gateway.key,
                  "API key for it, by reference: env:NAME or file:/path");
  load.add_option("--ca", options.gateway.ca_file, "CA bundle to trust instead of the system's");
  load.add_option("--agent", options.agent, "Agent that gets the tickets")->required();
  load.add_option("--user-header", options.user_header, "Header that names a ticket's user")
      ->capture_default_str();
}

void add_how(CLI::App& load, LoadOptions& options) {
  load.add_option("--tickets", options.tickets,
                  "How many: the file is repeated or cut; without it, all of the file once")
      ->check(CLI::Range(std::size_t{1}, kTicketsMax));
  load.add_option("--concurrency", options.concurrency, "Tickets at a time")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
  load.add_option("--name", options.name,
                  "Begins every Idempotency-Key: the same name finds the same runs again")
      ->capture_default_str();
  load.add_option("--approve", options.approver,
                  "Grant what waits for approval, with this key: env:NAME or file:/path");
  load.add_option("--escalation-tool", options.escalation_tool,
                  "The tool whose calls count as escalations")
      ->capture_default_str();
  load.add_option("--patience-s", options.patience_s,
                  "How long a gateway that is away or busy is asked again")
      ->capture_default_str()
      ->check(CLI::Range(0, 86400));
  load.add_option("-c,--config", options.config,
                  "Configuration whose price book tells what prompt caches have saved");
  load.add_flag("--json", options.json, "As JSON");
}

}  // namespace

void add_load_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<LoadOptions>();
  options->gateway.key = "env:HEADGATE_API_KEY";
  auto* load =
      app.add_subcommand("load", "Give many tickets to an agent, and count what came of it");
  load->add_option("file", options->file, "JSON Lines: id, user, and text (or input) of each")
      ->required();
  add_where(*load, *options);
  add_how(*load, *options);
  load->callback([options, &exit_code] { exit_code = run_load(*options); });
}

}  // namespace headgate::cli
