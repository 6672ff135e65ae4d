#include "cli/knowledge/kb_commands.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>

#include "cli/knowledge/kb.h"

namespace headgate::cli {
namespace {

void add_config(CLI::App& command, KbOptions& options) {
  command.add_option("-c,--config", options.config, "Configuration file")->capture_default_str();
  command.add_option("--storage", options.storage,
                     "Storage folder, instead of the configuration's");
  command.add_flag("--json", options.json, "As JSON");
}

void add_gateway(CLI::App& command, KbOptions& options) {
  GatewayOptions& gateway = options.gateway;
  command.add_option("--gateway", gateway.url,
                     "URL of the running gateway that vectors come from; without it, where the "
                     "configuration listens");
  auto* key = command.add_option("--key", gateway.key,
                                 "API key for it, by reference: env:NAME or file:/path");
  key->capture_default_str();
  key->each([&gateway](const std::string&) { gateway.key_given = true; });
  command.add_option("--ca", gateway.ca_file, "CA bundle to trust instead of the system's");
}

void add_build(CLI::App& kb, int& exit_code) {
  auto options = std::make_shared<KbBuildOptions>();
  auto* build = kb.add_subcommand("build", "Bring an index up to date with its files");
  build->add_option("name", options->name, "Name of the knowledge base")->required();
  add_config(*build, *options);
  add_gateway(*build, *options);
  build->add_flag("--skip-bad", options->skip_bad,
                  "Leave files out that cannot be read, instead of failing");
  build->callback([options, &exit_code] { exit_code = run_kb_build(*options); });
}

void add_search(CLI::App& kb, int& exit_code) {
  auto options = std::make_shared<KbSearchOptions>();
  auto* search = kb.add_subcommand("search", "Find chunks for a query");
  search->add_option("name", options->name, "Name of the knowledge base")->required();
  search->add_option("query", options->query, "What is looked for")->required();
  add_config(*search, *options);
  add_gateway(*search, *options);
  search->add_option("--tenant", options->tenant,
                     "Also this tenant's documents, beside everybody's");
  search->add_option("--label", options->labels,
                     "name=value that a document must have; may be repeated");
  search->add_option("-k,--k", options->count, "How many chunks")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, agents::knowledge::kResultsMax));
  search->add_option("--mode", options->mode, "hybrid, words or vectors")
      ->capture_default_str()
      ->check(CLI::IsMember({"hybrid", "words", "vectors"}));
  search->add_option("--version", options->version, "Number of a version that is kept");
  search->add_flag("--full", options->full, "The text of chunks uncut");
  search->callback([options, &exit_code] { exit_code = run_kb_search(*options); });
}

}  // namespace

void add_kb_command(CLI::App& app, int& exit_code) {
  auto* kb = app.add_subcommand("kb", "Knowledge bases: documents that agents search");
  kb->require_subcommand(1);
  add_build(*kb, exit_code);
  add_search(*kb, exit_code);
  auto options = std::make_shared<KbOptions>();
  auto* ls = kb->add_subcommand("ls", "List those of the configuration");
  add_config(*ls, *options);
  ls->callback([options, &exit_code] { exit_code = run_kb_ls(*options); });
}

}  // namespace headgate::cli
