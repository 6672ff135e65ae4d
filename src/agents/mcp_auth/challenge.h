// The WWW-Authenticate header of a 401 or 403, as far as it is a Bearer challenge. What is
// malformed is as if it were not there. Pure; a fuzzer feeds it.
#pragma once

#include <string>
#include <string_view>

namespace headgate::agents::mcp {

struct BearerChallenge {
  std::string resource_metadata;  // a URL; empty: none
  std::string scope;              // separated by blanks
  std::string error;              // "insufficient_scope"
};

BearerChallenge read_challenge(std::string_view header);

}  // namespace headgate::agents::mcp
