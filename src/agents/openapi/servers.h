// Where an operation is called: what the configuration says, else the nearest of the document's
// servers. Pure.
#pragma once

#include <string>

#include "agents/openapi/config.h"
#include "agents/openapi/operation.h"

namespace headgate::agents::openapi {

/// A base URL. Empty: there is none, and `remarks` says so.
std::string server_url(const Document& document, const Operation& operation,
                       const OpenApiConfig& service, Remarks& remarks);

}  // namespace headgate::agents::openapi
