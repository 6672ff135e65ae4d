#include "server/config.h"

#include <algorithm>

#include "agents/builtins/builtin_tool.h"
#include "agents/definitions/check.h"
#include "agents/labels/check.h"
#include "agents/openapi_tools/complete.h"
#include "agents/policy/check.h"
#include "cost/price_book.h"
#include "http/tls.h"
#include "server/sampling.h"

namespace headgate::server {
namespace {

using base::config::Check;
using base::config::Cursor;

void check_mcp_agents(const Config& config, const Cursor& at, base::config::Problems& problems) {
  const std::vector<std::string>& names = config.mcp.server.agents;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (config.agents.find(names[i]) != nullptr) continue;
    problems.add_unknown(at.child(i), "no such agent", names[i], config.agents.names());
  }
}

void check_sections(LoadedConfig& loaded) {
  const Cursor root(loaded.root);
  const Config& config = loaded.value;
  http::check(config.server, root["server"], loaded.problems);
  gateway::check(config.providers, config.models, config.routes, root, loaded.problems);
  security::check(config.auth, config.models.names(), root["auth"], loaded.problems);
  storage::check(config.storage, root["storage"], loaded.problems);
  agents::mcp::check(config.mcp.servers, root["mcp"]["servers"], loaded.problems);
  agents::knowledge::check(config.knowledge, config.models.names(), root["knowledge"],
                           loaded.problems);
  const agents::KnownNames known{config.models.names(), config.mcp.servers.names(),
                                 config.knowledge.names()};
  agents::check(config.tools, config.agents, known, root, loaded.problems);
  check_mcp_agents(config, root["mcp"]["server"]["agents"], loaded.problems);
  agents::check_separation(config.tools, config.agents, known, root, loaded.problems);
  agents::check_policies(config.tools, config.approvals, root, loaded.problems);
  telemetry::check(config.telemetry.otlp, root["telemetry"]["otlp"], loaded.problems);
}

// The price book has problems with places of its own: one of ours each, so that all are seen.
void check_price_book(LoadedConfig& loaded, const Cursor& at) {
  const std::filesystem::path& path = loaded.value.cost.price_book;
  if (path.empty()) return;
  const auto book = cost::PriceBook::load(path.string());
  if (book) return;
  const std::string& detail = book.error().detail;
  for (std::size_t begin = 0; begin < detail.size();) {
    const std::size_t end = std::min(detail.find('\n', begin), detail.size());
    loaded.problems.add(at, detail.substr(begin, end - begin));
    begin = end + 1;
  }
}

// Whether the files that are there can be used: `headgate check` promises that serving will start.
void check_contents(LoadedConfig& loaded) {
  const Cursor root(loaded.root);
  const Config& config = loaded.value;
  const http::TlsFiles files{config.server.tls.certificate, config.server.tls.key};
  if (!files.empty()) {
    const auto tls = http::make_server_tls(files);
    if (!tls) loaded.problems.add(root["server"]["tls"], tls.error().detail);
  }
  for (const auto& [name, provider] : config.providers) {
    if (provider.ca_file.empty()) continue;
    const auto tls = http::make_client_tls(provider.ca_file);
    if (!tls) loaded.problems.add(root["providers"][name]["ca_file"], tls.error().detail);
  }
  for (const auto& [name, exporter] : config.telemetry.otlp.exporters) {
    if (exporter.ca_file.empty()) continue;
    const auto tls = http::make_client_tls(exporter.ca_file);
    if (tls) continue;
    const Cursor at = root["telemetry"]["otlp"]["exporters"][name]["ca_file"];
    loaded.problems.add(at, tls.error().detail);
  }
  for (const auto& [name, base] : config.knowledge) {
    std::error_code ignored;
    if (std::filesystem::exists(base.path, ignored)) continue;
    loaded.warnings.add(root["knowledge"][name]["path"],
                        "there is no such folder or file: its index cannot be built");
  }
  check_price_book(loaded, root["cost"]["price_book"]);
}

void warn(LoadedConfig& loaded) {
  const Cursor root(loaded.root);
  const Config& config = loaded.value;
  if (config.cost.price_book.empty()) {
    loaded.warnings.add(root["cost"]["price_book"], "not given: every call will be unpriced");
  }
  if (!config.auth.required && !config.server.listen.is_loopback()) {
    loaded.warnings.add(root["auth"]["required"],
                        "false while other machines can connect: anyone who can spends your money");
  }
  gateway::warn(config.routes, root, loaded.warnings);
  warn_of_sampling(config.routes, !config.cost.price_book.empty(), root, loaded.warnings);
}

LoadedConfig finish(LoadedConfig loaded, Check check) {
  loaded.value.tools = agents::complete_builtins(loaded.value.tools);
  agents::complete_openapi(loaded.value.openapi, check, Cursor(loaded.root), loaded.value.tools,
                           loaded.problems, loaded.warnings);
  // A document that does not parse has nothing else to be right or wrong about.
  if (!loaded.root.children.empty()) check_sections(loaded);
  if (loaded.ok() && check == Check::references) check_contents(loaded);
  if (loaded.ok()) warn(loaded);
  loaded.problems.sort();
  loaded.warnings.sort();
  return loaded;
}

}  // namespace

LoadedConfig load_config(const std::filesystem::path& path, Check check) {
  return finish(base::config::load_file<Config>(path, check), check);
}

LoadedConfig parse_config(std::string_view text, const std::filesystem::path& folder, Check check) {
  return finish(base::config::load_text<Config>(text, folder, check), check);
}

base::config::Description describe_config() { return base::config::describe(Config{}); }

std::vector<std::string> restart_needed(const Config& running, const Config& next) {
  return base::config::restart_needed(base::config::describe(running),
                                      base::config::describe(next));
}

}  // namespace headgate::server
