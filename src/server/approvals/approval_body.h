// A decision as it comes over the wire, by the API or by a webhook: read strictly, all of it named.
// Pure.
#pragma once

#include <string_view>

#include "agents/journal/entry.h"
#include "base/result.h"

namespace headgate::server {

/// Errors: invalid_request, naming the member at fault.
base::Result<agents::ApprovalDecision> read_decision(std::string_view body);

/// A decision with the call that it is about and who it is of.
struct SignedDecision {
  std::string run_id;
  std::string call_id;
  std::string by;
  agents::ApprovalDecision decision;
};
base::Result<SignedDecision> read_signed_decision(std::string_view body);

}  // namespace headgate::server
