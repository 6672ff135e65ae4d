// Which credentials the document says an operation needs, as far as headers can carry them. Only
// for telling people; what is sent is what the configuration says. Pure.
#pragma once

#include <string>
#include <vector>

#include "agents/openapi/config.h"
#include "agents/openapi/operation.h"

namespace headgate::agents::openapi {

struct Credential {
  std::string scheme;  // its name in the document
  std::string header;  // empty: it goes elsewhere, where tools cannot send it
};
using Credentials = std::vector<Credential>;  // all of them together

/// Any one of these is enough; none: it needs no credentials.
std::vector<Credentials> credentials_of(const Document& document, const Operation& operation);

/// Whether `service.headers` has all of one of them, or none are needed.
bool has_credentials(const std::vector<Credentials>& any, const OpenApiConfig& service);

/// "bearerAuth (header authorization) or key (not in a header, so tools cannot send it)"
std::string describe(const std::vector<Credentials>& any);

}  // namespace headgate::agents::openapi
