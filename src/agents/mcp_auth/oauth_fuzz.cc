// Any bytes as what servers say on the way to a credential: challenge, metadata, callback, token.
// What is taken can go into a header, and nobody else's is taken for ours.
#include <cstdlib>

#include "agents/mcp_auth/challenge.h"
#include "agents/mcp_auth/grant.h"

using namespace headgate::agents;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  mcp::read_challenge(text);
  if (const auto url = mcp::parse_web_url(text);
      url && url->text().find('\n') != std::string::npos) {
    std::abort();
  }
  static const mcp::WebUrl server = *mcp::parse_web_url("https://s.example/mcp");
  const auto resource = mcp::read_resource_metadata(text, server);
  if (resource && !std::string_view(resource->resource).starts_with("https://s.example")) {
    std::abort();
  }
  const auto issuer = mcp::read_issuer_metadata(text, "https://i.example", true);
  if (issuer && issuer->issuer != "https://i.example") std::abort();
  static const mcp::PendingGrant grant{"v", "state-that-no-input-has", "r", "s", {}};
  static const mcp::IssuerMetadata plain;
  if (mcp::read_callback(text, plain, grant) &&
      text.find("state-that-no-input-has") == std::string_view::npos &&
      text.find('%') == std::string_view::npos) {
    std::abort();
  }
  mcp::read_registration(text, plain);
  const auto token = mcp::read_token(text);
  if (!token) return 0;
  for (const char c : token->access) {
    if (c <= 0x20 || c >= 0x7F) std::abort();
  }
  return 0;
}
