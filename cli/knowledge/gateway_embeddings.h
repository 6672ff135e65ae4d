// Vectors for commands that work on knowledge bases: from a running gateway, by its embeddings API,
// so that they are priced and traced like any call. Blocks.
#pragma once

#include <string>

#include "agents/knowledge/build.h"
#include "cli/running/admin_client.h"
#include "server/config.h"

namespace headgate::cli {

struct GatewayOptions {
  std::string url;                           // empty: where the configuration says it listens
  std::string key = "env:HEADGATE_API_KEY";  // a reference
  std::string ca_file;
  bool key_given = false;  // else a variable that is not set means: no key
};

/// Whom to ask. Errors: config_invalid: the configuration does not say on which port it listens.
base::Result<AdminServer> gateway_of(const GatewayOptions& options, const server::Config& config);

agents::knowledge::EmbedTexts embed_by_gateway(
    AdminServer gateway, const agents::knowledge::EmbeddingsConfig& embeddings);

}  // namespace headgate::cli
