// A run as a stream of server-sent events: the entries of its journal, numbered as they are there,
// and between them the text of answers as it is written, until it has ended or waits for a person.
// A client that was cut off goes on from Last-Event-ID.
#pragma once

#include <string>

#include "server/agents/agent_call.h"

namespace headgate::server {

/// Replies whatever happens.
base::Async<void> stream_run(AgentCall& call, const std::string& id, std::int64_t after);

/// The number behind which a client goes on: of Last-Event-ID, or ?after=; 0: from the beginning.
std::int64_t events_after(const http::RequestHead& request);

}  // namespace headgate::server
