// Where a run stands: what its entries add up to, and nothing else. A run that is taken up again
// after a restart has the state that it had when its last entry was written. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/journal/provenance.h"
#include "agents/journal/status.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/principal.h"
#include "base/usage.h"

namespace headgate::agents {

enum class CallStage : std::uint8_t {
  proposed,  // by the model
  waiting,   // for approval
  allowed,   // may begin
  begun,     // its effect may have happened
  unknown,   // begun, and nobody knows whether it happened
  finished,  // there is something to tell the model
};

/// One call of a tool, of the newest answer of a model.
struct CallState {
  std::string id;        // ours, unique in the run: "c3_1", the first call of step 3
  std::string model_id;  // the model's, which may come again in another answer
  std::string tool;
  std::string arguments;  // as the model wrote them, or as whoever approved the call changed them
  bool by_reference = false;  // text that the model has not seen is among them
  CallStage stage = CallStage::proposed;
  bool approved = false;
  std::string authorised_by;  // policy, or who approved
  std::string span;           // hex, once begun
  std::string result;         // text for the model, once finished
  bool is_error = false;
  std::string transfer_to;  // of a handoff: the agent

  // Of its result (entry.h, ToolWords).
  std::vector<std::string> labels;
  std::vector<std::string> endorsed;
  std::string withheld;
  bool trusted = false;
  bool wants_reader = false;

  // Of its approval, while it waits and after.
  std::string digest;  // of what was asked
  std::string policy;
  std::string reason;
  std::vector<std::string> grants;              // scopes that it has once it is approved
  std::vector<std::string> approving_policies;  // policies whose people have approved it
  std::string taint;                // of its arguments, as it was decided by; JSON, empty: none
  std::int64_t needed = 1;          // different people who must approve
  std::vector<std::string> people;  // who have, as the journal knows them
  std::vector<std::string> names;   // the same for readers
  std::string said;                 // the reason that the last of them gave
  bool escalated = false;
  std::int64_t asked_us = 0;
  std::int64_t due_us = 0;  // 0: never
};

/// On whose behalf, and in which trace. Fixed when the run begins.
struct RunOrigin {
  base::Principal principal;
  std::string user;  // the end user
  std::string session;
  std::string metadata;  // JSON; empty: none
  std::string request_id;
  base::TraceId trace;
  base::SpanId span;    // of the run as a whole
  base::SpanId parent;  // the caller's; may be empty
};

struct RunState {
  std::string id;
  std::string agent;  // that it began with
  RunOrigin origin;
  RunStatus status = RunStatus::running;
  std::string status_detail;

  std::string acting;  // the agent that has the word
  base::SpanId acting_span;
  std::int64_t acting_since_us = 0;
  std::vector<std::string> chain;     // of agents that had the word, the acting one last
  std::string acting_input;           // what it was begun with, for its span
  std::vector<std::string> input;     // what it was begun with
  std::vector<std::string> memory;    // of earlier runs of its session
  std::vector<std::string> messages;  // of the conversation, without prompts; OpenAI's form
  std::vector<CallState> calls;       // of the newest answer
  Provenance provenance;              // of what stands in `messages`
  std::optional<std::string> answer;  // the newest answer's text, when it calls nothing
  bool model_begun = false;           // a model was asked and has not answered
  bool output_rejected = false;       // once already
  std::string output;                 // of a finished run

  std::int64_t seq = 0;  // of the newest entry
  std::int64_t created_us = 0;
  std::int64_t updated_us = 0;
  std::int64_t active_us = 0;  // that somebody worked on it
  std::int64_t steps = 0;
  std::int64_t tool_calls = 0;
  base::Usage usage;
  base::Picodollars cost = 0;
  bool unpriced = false;

  const CallState* call(std::string_view call_id) const;
  CallState* call(std::string_view call_id);
};

}  // namespace headgate::agents
