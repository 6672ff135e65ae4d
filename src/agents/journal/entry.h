// The entries of a run's journal: each says one thing that is about to happen or has happened, as a
// kind and a JSON object. Written here, read by fold.h; the API shows them as events, so kinds and
// members are for others to rely on. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/journal/state.h"

namespace headgate::agents {

struct Entry {
  std::string kind;
  std::string body;  // a JSON object
};
using Entries = std::vector<Entry>;

namespace kind {
inline constexpr std::string_view kCreated = "run.created";
inline constexpr std::string_view kRecovered = "run.recovered";
inline constexpr std::string_view kPaused = "run.paused";
inline constexpr std::string_view kResumed = "run.resumed";
inline constexpr std::string_view kFinished = "run.finished";
inline constexpr std::string_view kFailed = "run.failed";
inline constexpr std::string_view kCancelled = "run.cancelled";
inline constexpr std::string_view kStopped = "run.stopped";
inline constexpr std::string_view kNeedsAttention = "run.needs_attention";
inline constexpr std::string_view kAgentStarted = "step.agent_started";
inline constexpr std::string_view kModelBegun = "step.model_begun";
inline constexpr std::string_view kModelFinished = "step.model_finished";
inline constexpr std::string_view kOutputRejected = "step.output_rejected";
inline constexpr std::string_view kToolDecided = "step.tool_decided";
inline constexpr std::string_view kToolBegun = "step.tool_begun";
inline constexpr std::string_view kToolFinished = "step.tool_finished";
inline constexpr std::string_view kResultRead = "step.result_read";
inline constexpr std::string_view kHandoff = "step.handoff";
inline constexpr std::string_view kApprovalRequested = "approval.requested";
inline constexpr std::string_view kApprovalDecided = "approval.decided";
inline constexpr std::string_view kApprovalExpired = "approval.expired";
inline constexpr std::string_view kApprovalEscalated = "approval.escalated";
}  // namespace kind

/// The outcome of a call that was never begun.
inline constexpr std::string_view kRefused = "refused";

/// `messages`: a JSON array in OpenAI's form.
Entry run_created(const std::string& agent, const RunOrigin& origin, std::string_view messages,
                  std::string_view forked_from = {});
/// The body of the first entry again, for a run that goes on from another one's.
std::string forked_body(std::string_view body, const std::string& agent, const RunOrigin& origin,
                        const std::string& forked_from);
Entry run_recovered();
Entry run_paused(RunStatus status);
/// `call` empty: of the run as a whole.
Entry run_resumed(const std::string& by, const std::string& call, std::string_view outcome);
Entry run_finished(std::string_view output);
Entry run_failed(std::string_view code, std::string_view message);
/// `open`: ids of calls that may have happened.
Entry run_cancelled(const std::string& by, const std::vector<std::string>& open);
Entry run_stopped(std::string_view limit, std::string_view message);
Entry run_needs_attention(const CallState& call, std::string_view why);

Entry agent_started(const std::string& agent, const base::SpanId& span);
Entry model_begun(std::int64_t step, const std::string& agent, const std::string& model,
                  const base::SpanId& span);

struct ModelOutcome {
  std::string text;
  std::vector<CallState> calls;  // id, model_id, tool and arguments of each
  std::string finish_reason;
  base::Usage usage;
  std::optional<base::Picodollars> cost;  // nothing: unpriced
  std::string model;                      // that answered
};
Entry model_finished(std::int64_t step, const ModelOutcome& outcome);
/// `message`: what the model is told.
Entry output_rejected(std::string_view why, std::string_view message);

/// `decision`: "allow" or "deny". With the taint of the call, if it has any.
Entry tool_decided(const CallState& call, std::string_view decision, std::string_view policy,
                   std::string_view reason);
Entry tool_begun(const CallState& call, std::string_view effect, std::string_view key,
                 const base::SpanId& span);
/// What the model is told of a result, and whose word that is.
struct ToolWords {
  std::string told;
  std::vector<std::string> labels;    // of what is told; none: of nobody who is not trusted
  std::vector<std::string> endorsed;  // values in it, as JSON
  std::vector<std::string> dropped;   // names of values that were none of their types
  std::string withheld;               // the text, where that is not told
  bool trusted = false;               // it is the operator's word
  bool wants_reader = false;          // values are missing that the reader has to find
};
/// `outcome`: "ok", "error" or as a person said it.
Entry tool_finished(const CallState& call, std::string_view outcome, const ToolWords& words,
                    bool is_error, std::int64_t duration_us);
/// It was never begun: `result` is ours.
Entry tool_refused(const CallState& call, std::string_view result);
/// The reader has said values, or has failed (`error`).
Entry result_read(const CallState& call, const ToolWords& words, const ModelOutcome& outcome,
                  std::string_view error);
Entry handoff(const CallState& call, const std::string& from, const std::string& to);
struct ApprovalAsk {
  std::string digest;  // of run, call, tool and arguments
  std::string policy;
  std::string reason;
  std::int64_t needed = 1;  // people
  std::int64_t due_us = 0;  // Unix time; 0: never
  std::vector<std::string> grants;
};
/// With the taint of the call, if it has any.
Entry approval_requested(const CallState& call, const ApprovalAsk& ask);

enum class Decision : std::uint8_t { approve, deny, edit };
std::string_view name(Decision decision);

struct ApprovalDecision {
  Decision decision = Decision::deny;
  std::string by;
  std::string person;  // of `by`: the same however they come
  std::string reason;
  std::string digest;     // that they saw
  std::string arguments;  // of an edit: in place of the model's
};
Entry approval_decided(const std::string& call, const ApprovalDecision& decision);
/// Nobody decided in time: the call is not made.
Entry approval_expired(const std::string& call);
/// Nobody decided in time: others are asked, `needed` of them, until `due_us`.
Entry approval_escalated(const std::string& call, std::int64_t needed, std::int64_t due_us);

}  // namespace headgate::agents
