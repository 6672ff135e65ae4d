#include "server/export/plan.h"

#include <algorithm>
#include <utility>

#include "server/version.h"

namespace headgate::server {
namespace {

using telemetry::OtlpExportConfig;

telemetry::otlp::Encoding encoding_of(const OtlpExportConfig& config) {
  return config.protocol == telemetry::OtlpProtocol::http_json
             ? telemetry::otlp::Encoding::json
             : telemetry::otlp::Encoding::protobuf;
}

base::Result<std::string> headers_of(const OtlpExportConfig& config) {
  std::string out = "user-agent: headgate/" + std::string(kVersion) + "\r\ncontent-type: ";
  out.append(telemetry::otlp::content_type(encoding_of(config))).append("\r\n");
  if (config.gzip) out += "content-encoding: gzip\r\n";
  for (const auto& [name, reference] : config.headers) {
    auto secret = reference.resolve();
    if (!secret) return secret.error();
    out.append(name).append(": ").append(*secret).append("\r\n");
  }
  return out;
}

base::Result<ExportTarget> target_of(const OtlpExportConfig& config,
                                     const http::ProxyEnvironment& proxies) {
  ExportTarget out;
  const auto& url = config.endpoint;
  out.client.url = {url.tls, url.host, url.port, {}, {}};
  out.path = url.path.empty() ? "/v1/traces" : url.path;
  out.client.connections_idle_max = 1;
  if (url.tls) {
    auto tls = http::make_client_tls(config.ca_file.string());
    if (!tls) return tls.error();
    out.client.tls = std::move(*tls);
  }
  if (const auto* proxy = proxies.proxy_for(out.client.url)) out.client.proxy = *proxy;
  out.client.connect_timeout_ms = std::min(out.client.connect_timeout_ms, config.timeout_ms);
  auto headers = headers_of(config);
  if (!headers) return headers.error();
  out.headers = std::move(*headers);
  out.gzip = config.gzip;
  out.timeout = base::milliseconds(config.timeout_ms);
  return out;
}

std::shared_ptr<const telemetry::ExportRules> rules_of(const OtlpExportConfig& config) {
  auto out = std::make_shared<telemetry::ExportRules>();
  out->encoding = encoding_of(config);
  out->write.profile = config.profile;
  out->write.content = config.content;
  out->write.version = kVersion;
  out->write.resource = {{"service.name", "headgate"}, {"service.version", std::string(kVersion)}};
  for (const auto& [key, value] : config.resource) {
    auto& all = out->write.resource;
    const auto same = std::find_if(all.begin(), all.end(),
                                   [&key = key](const auto& each) { return each.first == key; });
    if (same != all.end()) {
      same->second = value;
    } else {
      all.emplace_back(key, value);
    }
  }
  out->batch_spans_max = static_cast<std::size_t>(config.batch_spans_max);
  out->batch_bytes_max = static_cast<std::size_t>(config.batch_bytes_max);
  out->batch_delay = base::milliseconds(config.batch_delay_ms);
  out->backoff = base::milliseconds(config.backoff_ms);
  out->backoff_max = base::milliseconds(config.backoff_max_ms);
  out->queue_bytes = static_cast<std::uint64_t>(config.queue_bytes);
  return out;
}

}  // namespace

base::Result<ExportPlans> plan_exports(const telemetry::OtlpExporters& exporters,
                                       const http::ProxyEnvironment& proxies) {
  ExportPlans out;
  for (const auto& [name, config] : exporters) {
    auto target = target_of(config, proxies);
    if (!target) {
      base::Error error = target.error();
      error.detail = "telemetry.otlp.exporters." + name + ": " + error.detail;
      return error;
    }
    out.emplace(name, ExportPlan{std::move(*target), rules_of(config)});
  }
  return out;
}

}  // namespace headgate::server
