// From a checked configuration to the snapshots the data path reads: secrets resolved, addresses
// taken apart, TLS contexts and the price book loaded; what is known of targets is kept from
// before. Changes nothing that runs: whoever accepts what came out takes the draft. Used at
// start-up and on reload; touches files and the environment, so on the main thread only.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "gateway/catalog.h"
#include "gateway/delivery/health.h"
#include "http/client/proxy_environment.h"
#include "security/key_set.h"
#include "server/config.h"

namespace headgate::server {

base::Result<std::shared_ptr<const gateway::Catalog>> build_catalog(
    const Config& config, const http::ProxyEnvironment& proxies, gateway::HealthDraft& health,
    std::int64_t unix_us);

/// The keys that the file declares; the store's are added by the caller.
base::Result<std::shared_ptr<security::KeySet>> build_keys(const security::AuthConfig& auth);

}  // namespace headgate::server
