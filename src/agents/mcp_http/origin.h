// Who may call by way of a browser (a page of another site must not reach a server on this machine
// through the browser that shows it), and what a client is told that has no valid credential.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace headgate::agents::mcp {

/// Whether the request comes from no web page, from one of this machine, or from one of `allowed`.
bool is_allowed_origin(const http::Headers& headers, const std::vector<std::string>& allowed);

/// The URL of /mcp as clients know it: the configured one, else by the request's Host.
std::string resource_url(std::string_view configured, const http::Headers& headers, bool tls);

/// Where the metadata of a protected resource stands, by RFC 9728: before its path.
std::string metadata_url(std::string_view resource);

/// That metadata.
std::string resource_metadata(std::string_view resource,
                              const std::vector<std::string>& authorization_servers);

}  // namespace headgate::agents::mcp
