#include "cli/agents.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "agents/definitions/graph.h"
#include "agents/openapi_tools/complete.h"
#include "server/config.h"

namespace headgate::cli {
namespace {

struct GraphOptions {
  std::string config = "headgate.yaml";
  std::string format = "text";
  bool json = false;
};

int run_graph(const GraphOptions& options) {
  using agents::GraphFormat;
  using base::config::Check;
  auto loaded = server::load_config(options.config, Check::file_only);
  if (loaded.ok()) {
    agents::complete_openapi(loaded.value.openapi, Check::references,
                             base::config::Cursor(loaded.root), loaded.value.tools, loaded.problems,
                             loaded.warnings);
  }
  for (const auto& problem : loaded.problems) {
    fmt::print(stderr, "{}\n", problem.text(options.config));
  }
  if (!loaded.ok()) return 1;
  const GraphFormat format = options.json                  ? GraphFormat::json
                             : options.format == "mermaid" ? GraphFormat::mermaid
                             : options.format == "dot"     ? GraphFormat::dot
                                                           : GraphFormat::text;
  const std::string text = agents::draw_graph(loaded.value.tools, loaded.value.agents, format);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace

void add_agents_command(CLI::App& app, int& exit_code) {
  auto* agents = app.add_subcommand("agents", "Agents of the configuration");
  agents->require_subcommand(1);
  auto* graph = agents->add_subcommand("graph", "Draw agents, their tools and handoffs");
  const auto options = std::make_shared<GraphOptions>();
  graph->add_option("-c,--config", options->config, "Configuration file")->capture_default_str();
  auto* format = graph->add_option("--format", options->format, "text, mermaid or dot");
  format->capture_default_str()->check(CLI::IsMember({"text", "mermaid", "dot"}));
  graph->add_flag("--json", options->json, "As JSON")->excludes(format);
  graph->callback([options, &exit_code] { exit_code = run_graph(*options); });
}

}  // namespace headgate::cli
