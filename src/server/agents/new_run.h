// POST /v1/agents/{name}/runs: the body read, and the run answered as it was asked for: when it has
// ended, as a stream of events while it goes on, or at once with its id.
#pragma once

#include "server/agents/agent_call.h"

namespace headgate::server {

/// A run as its caller asks for it.
struct NewRunBody {
  base::config::Json input;
  std::string session_id;
  base::config::Json metadata;
  bool background = false;
  bool stream = false;

  template <class V>
  static void fields(V& v);
};

struct AskedRun {
  agents::RunAsk ask;
  bool background = false;
  bool stream = false;
};

/// Errors: invalid_request, naming what of the body is wrong.
base::Result<AskedRun> read_new_run(const AgentCall& call);

/// A run's messages from an `input`, a string or an array. Errors: invalid_request.
base::Result<std::string> run_messages(const std::string& input);
/// The Idempotency-Key, where there is one, and what it is bound to. Errors: invalid_request.
base::Result<void> add_key(const http::Headers& headers, agents::RunAsk& ask);

/// That key, and what it is bound to.
void bind_key(agents::RunAsk& ask, std::string key);

/// Whether the same request once more would begin a second run: its client must not be led to send
/// it again once the first is there (Context::retried).
bool repeats_as_another_run(const agents::RunAsk& ask);

/// With 202 where the run goes on and is not waited for. REQUIRES: not streamed.
base::Task<AgentReply> answer_new_run(AgentCall& call, const AskedRun& asked);

}  // namespace headgate::server
