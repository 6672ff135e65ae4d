// The answer of an agent's run in the dialect that the agent was asked in, whole or as a stream
// that begins with its first text or sign of life: what fails before is an ordinary error. Of the
// Responses API also storing it. On the exchange's loop.
#pragma once

#include <memory>
#include <string>

#include "agents/journal/state.h"
#include "http/server/exchange.h"
#include "server/agent_models/agent_ask.h"
#include "server/agents/run_wait.h"

namespace headgate::server {

/// What was asked, and the run that answers it.
struct AskedAgent {
  AgentAsk ask;
  std::string run_id;
  std::string agent;  // its own name
  std::int64_t created_us = 0;

  std::int64_t created_s() const { return created_us / 1'000'000; }
};

/// Usage is the sum over the run.
llm::chat::Answer answer_of(const AskedAgent& asked, const agents::RunState& state);

/// Where the dialect has a store and the caller did not refuse. Errors: storage_failed, cancelled.
base::Task<void> keep_answer(base::Context& ctx, storage::ResponseStore& store,
                             const AskedAgent& asked, const llm::chat::Answer& answer);

base::Async<void> reply_whole(http::Exchange& exchange, const base::Context& ctx,
                              const AskedAgent& asked, const llm::chat::Answer& answer);

class AgentStream {
 public:
  /// All outlive it.
  AgentStream(http::Exchange& exchange, const base::Context& ctx, const AskedAgent& asked);

  bool has_begun() const { return begun_; }
  /// Errors: conflict, what was sent is not the answer; of the connection.
  base::Task<void> add(TextChange change);
  /// With the whole text where nothing of it was sent.
  base::Async<void> end(const llm::chat::Answer& answer);
  /// A sign of life that clients ignore.
  base::Task<void> keep_alive();
  base::Async<void> broken(const base::Error& error);

 private:
  base::Task<void> send(const std::string& bytes);
  void write_text(const std::string& piece, std::string& bytes);

  http::Exchange& exchange_;
  const base::Context& ctx_;
  const AskedAgent& asked_;
  std::unique_ptr<llm::chat::StreamWriter> writer_;
  bool begun_ = false;     // the reply
  std::int64_t step_ = 0;  // whose text was sent; 0: none
};

}  // namespace headgate::server
