// What the exporters of a configuration are to do: addresses taken apart, secrets resolved, headers
// composed. Made at start-up and on reload, by the main thread, before anything is changed; then
// handed to the export thread. Plain values.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/client/client.h"
#include "http/client/proxy_environment.h"
#include "telemetry/export/exporter.h"
#include "telemetry/otlp_config.h"

namespace headgate::server {

struct ExportTarget {
  http::ClientOptions client;
  std::string path;
  std::string headers;  // "name: value\r\n"…, the content type and coding among them
  bool gzip = true;
  base::Duration timeout = base::seconds(10);
};

struct ExportPlan {
  ExportTarget target;
  std::shared_ptr<const telemetry::ExportRules> rules;
};

/// By the exporter's name.
using ExportPlans = std::map<std::string, ExportPlan, std::less<>>;

base::Result<ExportPlans> plan_exports(const telemetry::OtlpExporters& exporters,
                                       const http::ProxyEnvironment& proxies);

}  // namespace headgate::server
