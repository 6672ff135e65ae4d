// Absolute http and https URLs of authorization servers and metadata, and forms. A URL that carries
// a credential, or leads over plain HTTP to another machine, is none. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/client/url.h"

namespace headgate::agents::mcp {

struct WebUrl {
  http::BaseUrl base;  // without a path
  std::string path;    // from '/' on; may be empty
  std::string query;   // behind '?'

  std::string origin() const;
  std::string text() const;
};

/// Errors: invalid_request. HTTPS, or HTTP to this machine.
base::Result<WebUrl> parse_web_url(std::string_view text);

/// Where the metadata of the resource may stand, in the order to look.
std::vector<std::string> resource_metadata_urls(const WebUrl& resource);
/// Likewise of an issuer: RFC 8414 with the path behind, OpenID with it behind and before.
std::vector<std::string> issuer_metadata_urls(const WebUrl& issuer);

using Form = std::vector<std::pair<std::string, std::string>>;
std::string write_form(const Form& form);
/// The decoded value of the first `name`; nothing where there is none.
std::optional<std::string> form_value(std::string_view form, std::string_view name);
std::string form_encoded(std::string_view text);

}  // namespace headgate::agents::mcp
