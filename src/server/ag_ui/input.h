// What an AG-UI client sends: RunAgentInput (AG-UI 1.0), as a run needs it. Members that this
// version does not know are passed over, as the protocol wants it; what is known and cannot be
// served (tools of the client, system messages, sound) is refused by name. Pure; the bytes are from
// outside.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::server {

/// One answer to an interrupt, ready for the API of approvals.
struct AgUiAnswer {
  std::string run_id;   // ours
  std::string call_id;  // ours
  std::string body;     // of POST /v1/runs/{id}/approvals/{call}
};

struct AgUiInput {
  std::string thread_id;
  std::string run_id;               // the client's
  std::string messages;             // a run's `input`, an array; empty where there are answers
  std::vector<AgUiAnswer> answers;  // all of one run
};

/// Errors: invalid_request, naming the member at fault.
base::Result<AgUiInput> read_ag_ui(std::string_view body);

/// The id of the interrupt for a call that waits: bound to what its arguments are now.
std::string interrupt_id(std::string_view run_id, std::string_view call_id,
                         std::string_view digest);

}  // namespace headgate::server
