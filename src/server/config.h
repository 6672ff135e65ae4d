// The whole configuration file: one struct a section, read and checked in one go. Made by
// load_config(), then shared as an immutable snapshot; a reload makes another and swaps it in only
// when it has no problem.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/definitions/agent_config.h"
#include "agents/definitions/tool_config.h"
#include "agents/mcp_config.h"
#include "agents/retrieval/config.h"
#include "base/config/load.h"
#include "cost/config.h"
#include "gateway/config.h"
#include "http/config.h"
#include "resilience/chaos/config.h"
#include "security/config.h"
#include "storage/config.h"
#include "telemetry/config.h"

namespace headgate::server {

struct Config {
  http::ServerConfig server;
  gateway::Providers providers;
  gateway::Models models;
  gateway::Routes routes;
  security::AuthConfig auth;
  cost::CostConfig cost;
  storage::StorageConfig storage;
  telemetry::TelemetryConfig telemetry;
  agents::mcp::McpConfig mcp;
  agents::OpenApiConfigs openapi;
  agents::ToolConfigs tools;
  agents::AgentConfigs agents;
  agents::ApprovalPolicyConfigs approvals;
  resilience::ChaosConfig chaos;
  agents::knowledge::KnowledgeConfigs knowledge;

  template <class V>
  static void fields(V& v);
};

using LoadedConfig = base::config::Loaded<Config>;

/// Every problem of the file at `path`, sorted by place, or a configuration to run with. Also
/// resolves secrets and looks for files, unless told `Check::file_only`.
LoadedConfig load_config(const std::filesystem::path& path,
                         base::config::Check check = base::config::Check::references);
/// The same for text whose relative paths start at `folder`.
LoadedConfig parse_config(std::string_view text, const std::filesystem::path& folder,
                          base::config::Check check = base::config::Check::references);

/// Every key with its default, for the reference and the schema.
base::config::Description describe_config();

/// Dotted keys that differ and cannot change in a running process.
std::vector<std::string> restart_needed(const Config& running, const Config& next);

template <class V>
void Config::fields(V& v) {
  using C = Config;
  v.field("server", &C::server, {.doc = "Where clients connect, and the bounds of a connection."});
  v.field("providers", &C::providers,
          {.doc = "The services that run models, by a name of your choice.",
           .min = 1,
           .max = 100,
           .required = true});
  v.field("models", &C::models,
          {.doc = "What clients may ask for: public model names, each served by a provider.",
           .min = 1,
           .max = 1000,
           .required = true});
  v.field("routes", &C::routes,
          {.doc = "How calls are handled: by the first route in the file that matches, else by the "
                  "defaults below.",
           .max = 1000});
  v.field("auth", &C::auth, {.doc = "Who may call."});
  v.field("cost", &C::cost, {.doc = "What calls cost."});
  v.field("storage", &C::storage, {.doc = "Where traces are kept."});
  v.field("telemetry", &C::telemetry, {.doc = "Logs, redaction, OTLP."});
  v.field("mcp", &C::mcp, {.doc = "Tools by the Model Context Protocol."});
  v.field("openapi", &C::openapi,
          {.doc = "OpenAPI documents whose operations are tools, by a name of your choice: see "
                  "tools.*.openapi.",
           .max = 100});
  v.field("tools", &C::tools,
          {.doc = "What agents may call, by a name of your choice.", .max = 1000});
  v.field("agents", &C::agents,
          {.doc = "Who answers with which model and tools, by name.", .max = 200});
  v.field(
      "approvals", &C::approvals,
      {.doc = "Calls that people must agree to, by policy; the first that is for a call decides.",
       .max = 100});
  v.field("chaos", &C::chaos, {.doc = "Faults on purpose, for tests of what they lead to."});
  v.field("knowledge", &C::knowledge,
          {.doc = "Documents that agents search, by a name of your choice. `headgate kb build` "
                  "makes an index of them.",
           .max = 100});
}

}  // namespace headgate::server
