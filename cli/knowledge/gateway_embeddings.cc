#include "cli/knowledge/gateway_embeddings.h"

#include <utility>

#include "agents/retrieval/query_embedder.h"
#include "base/text/secret.h"

namespace headgate::cli {

using base::Result;

namespace {

bool is_set(const std::string& key) {
  const auto reference = base::SecretRef::parse(key);
  return reference && !reference->empty() && reference->resolve().has_value();
}

}  // namespace

Result<AdminServer> gateway_of(const GatewayOptions& options, const server::Config& config) {
  AdminServer out;
  out.url = options.url;
  out.ca_file = options.ca_file;
  out.key = options.key_given || is_set(options.key) ? options.key : std::string();
  if (!out.url.empty()) return out;
  base::config::Address listen = config.server.listen;
  if (listen.port == 0) {
    return base::fail(base::Errc::config_invalid,
                      "server.listen has no fixed port: say where the gateway is with --gateway");
  }
  if (listen.host == "0.0.0.0") listen.host = "127.0.0.1";
  if (listen.host == "::") listen.host = "::1";
  out.url = (config.server.tls.certificate.empty() ? "http://" : "https://") + listen.text();
  return out;
}

agents::knowledge::EmbedTexts embed_by_gateway(
    AdminServer gateway, const agents::knowledge::EmbeddingsConfig& embeddings) {
  return [gateway = std::move(gateway), embeddings](
             const std::vector<std::string>& texts) -> Result<std::vector<std::vector<float>>> {
    const std::string body = agents::knowledge::embedding_body(embeddings, texts);
    const auto answer = admin_call(gateway, http::Method::post, "/v1/embeddings", body);
    if (!answer) return answer.error();
    return agents::knowledge::read_embeddings(*answer);
  };
}

}  // namespace headgate::cli
