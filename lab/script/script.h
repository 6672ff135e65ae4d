// What a lab script says, as plain values: the models served, and ordered rules that pick an
// answer, a fault and delays for a request. Made by script_reader.h, immutable after that, free of
// I/O.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text/secret.h"
#include "lab/neutral/completion.h"

namespace headgate::lab {

/// A time in milliseconds: fixed when both are equal, else lognormal with this median and 95th
/// percentile, drawn by the request's seed.
struct Timing {
  double p50_ms = 0;
  double p95_ms = 0;
};

struct Delay {
  Timing head;         // before the status line
  Timing first_token;  // then, before the first token
  Timing per_token;    // before each further token
  int tokens_per_chunk = 1;
};

/// A piece of text found in the conversation and named, for templates: "ORD-{digits}".
struct Capture {
  std::string name;
  std::string pattern;
};

struct ScriptedCall {
  std::string name;
  boost::json::value arguments;  // object, or the exact string to send
};

/// What the model says. Strings may hold templates (template.h).
struct Answer {
  std::vector<std::string> texts;  // one is picked by seed
  std::string refusal;
  std::optional<boost::json::value> json;
  std::vector<ScriptedCall> tool_calls;
  std::string reasoning;               // thoughts, shown where the request asks for them
  bool reasoning_redacted = false;     // but unreadable, where the dialect can
  std::optional<FinishReason> finish;  // none: what follows from the rest
  std::int64_t reasoning_tokens = 0;   // at least those of `reasoning`
  // Overrides of the prompt cache:
  std::optional<std::int64_t> cached_tokens;
  std::optional<double> cached_share;  // of the prompt's tokens
  std::optional<std::int64_t> cache_write_tokens;
  std::int64_t cache_write_long_tokens = 0;  // of them, with the longer lifetime
};

enum class FaultKind : std::uint8_t {
  status,            // an error reply
  html,              // an HTML error page, as a load balancer sends it
  reset,             // RST before any byte
  hang,              // silence until the client goes
  slow_first_token,  // head at once, then `ms` of silence
  cut,               // connection ends after `after_tokens`
  stall,             // silence of `ms` after `after_tokens`; 0: for ever
  malformed,         // broken JSON after `after_tokens`
  error_event,       // an error object after `after_tokens` of a 200 stream
  no_done,           // without what ends a stream: "[DONE]", message_stop
  no_finish_reason,  // stream ends properly but never says why
  huge_body,         // `bytes` of content in one piece
};

struct Fault {
  FaultKind kind = FaultKind::status;
  int status = 500;
  std::optional<boost::json::value> body;  // string: verbatim; else JSON; none: the provider's
  std::string retry_after;                 // verbatim
  std::optional<std::int64_t> retry_after_ms;
  std::optional<bool> should_retry;
  std::int64_t after_tokens = 0;
  std::int64_t ms = 0;
  std::int64_t bytes = 0;
  bool reset = false;    // cut: RST instead of FIN
  bool quietly = false;  // error_event: only the failed answer, where the dialect has one
};

/// All given conditions must hold; of a list, one entry is enough. Text is compared without ASCII
/// case.
struct Match {
  std::vector<std::string> model;                 // globs
  std::vector<std::string> user_contains;         // last user message
  std::vector<std::string> system_contains;       // system and developer messages
  std::vector<std::string> any_contains;          // any message
  std::vector<std::string> tool_result_contains;  // tool messages after the last user message
  std::vector<std::string> has_tool;
  std::vector<std::string> dialect;
  std::vector<std::string> endpoint;  // none given: only `generate`
  std::vector<std::string> last_role;
  std::vector<std::string> captured;                        // captures that found something
  std::vector<std::pair<std::string, std::string>> header;  // all of them, exact values
  std::vector<std::int64_t> turn;                           // assistant messages so far, plus 1
  std::vector<std::int64_t> nth;                            // nth request this rule matches
  std::int64_t every = 0;                                   // every nth of them; 0: all
  std::optional<bool> stream;
  double share = 1;  // of the requests that reach it, by seed
};

/// A rule without an answer adds its fault or delay to the answer of a later rule.
struct Rule {
  std::string name;
  Match match;
  std::optional<Answer> answer;
  std::optional<Fault> fault;
  std::optional<Delay> delay;
};

struct ServedModel {
  std::string id;  // a glob admits models without listing them
  std::string owned_by = "headgate-lab";
  std::int64_t created = 1'715'367'049;
};

struct Script {
  std::vector<ServedModel> models;
  std::vector<base::SecretRef> keys;  // accepted API keys; none: any request may pass
  std::vector<Capture> captures;
  std::vector<Rule> rules;
  Delay delay;
  bool prompt_cache = true;  // simulate cached_tokens
  bool obfuscation = false;  // pad stream chunks as OpenAI does
  /// Words that POST /v1/moderations flags, by category; categories not named keep the usual ones.
  std::vector<std::pair<std::string, std::vector<std::string>>> moderation;
};

/// What the lab does without a script: a few models, an echo, no delays.
Script default_script();

}  // namespace headgate::lab
