// The seam between the engine and a provider's wire format. A family reads a request as strictly
// as its provider and gives back a Call: the neutral prompt, and how to write an answer to it. The
// engine does the rest: rules, composing, pacing, faults. Single-threaded; a Call lives no longer
// than its family.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/prompt.h"
#include "lab/plan.h"
#include "lab/request.h"
#include "lab/script/script.h"

namespace headgate::lab {

/// What a family may look at while it reads and answers one request.
struct RequestContext {
  const Script& script;
  const std::vector<std::string>& keys;  // accepted API keys; none: any request may pass
  std::int64_t unix_s = 0;
  std::string request_id;  // 32 letters and digits; families add their prefix
  const LabRequest* request = nullptr;
};

/// One event of a stream as it goes over the wire, and the tokens it carries.
struct StreamEvent {
  std::string bytes;
  std::int64_t tokens = 0;
};

struct StreamOptions {
  int tokens_per_chunk = 1;
  bool done = true;         // false: the fault that leaves out what ends a stream
  std::string obfuscation;  // to pad chunks from, as OpenAI does; empty: no padding
};

/// Where and how a stream that has begun ends in an error.
struct StreamError {
  int status = 500;        // what it would be as a reply
  std::size_t events = 0;  // sent before it
  bool quietly = false;    // nothing but the failed answer, where the dialect has one
};

/// An error that a script or the transport asks for.
struct Failure {
  int status = 500;
  std::string message = {};  // empty: the provider's usual words
  std::string code = {};     // where the dialect has room for one
  std::string retry_after = {};
  std::optional<std::int64_t> retry_after_ms = {};
  std::optional<bool> should_retry = {};
};

/// A request that its provider would serve.
class Call {
 public:
  explicit Call(Prompt prompt) : prompt_(std::move(prompt)) {}
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Prompt& prompt() const { return prompt_; }
  /// Before `completion` is rendered, once: for families that remember what they said.
  virtual void given(const Completion& /*completion*/) {}
  /// The whole answer. Only the usage counts where prompt().endpoint is not `generate`.
  virtual std::string body(const Completion& completion) const = 0;
  /// The same as a stream; asked for only when prompt().stream.
  virtual std::vector<StreamEvent> stream(const Completion& /*completion*/,
                                          const StreamOptions& /*options*/) const {
    return {};
  }
  virtual std::string_view stream_type() const { return "text/event-stream; charset=utf-8"; }
  /// The bytes of an error in a stream that has begun.
  virtual std::string error_event(int /*status*/) const { return {}; }
  /// The same for dialects in which it depends on what was sent before.
  virtual std::string error_after(const StreamError& error) const {
    return error_event(error.status);
  }
  /// A whole answer that says of itself that it failed; nothing where the dialect has none.
  virtual std::optional<std::string> failed_body(int /*status*/) const { return std::nullopt; }

 private:
  const Prompt prompt_;
};

/// A finished reply (an error, a list of models) or a call to answer.
using Reading = std::variant<Reply, std::unique_ptr<Call>>;

class Family {
 public:
  Family() = default;
  virtual ~Family() = default;
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  /// Whether only this family has the path; and, where several have it, whether the headers say
  /// that this one is meant.
  virtual bool owns(std::string_view path) const = 0;
  virtual bool is_meant(const LabRequest& request) const = 0;

  /// Checks in the provider's order: key, path, method, body, model.
  virtual Reading read(const LabRequest& request, const RequestContext& context) = 0;
  virtual Reply failure(const Failure& failure, const RequestContext& context) const = 0;
  /// Of an answer that took `usage`; without the content type.
  virtual HeaderList headers(const CompletionUsage& usage, const RequestContext& context) const = 0;
  virtual std::string_view json_type() const { return "application/json"; }
  /// How long the provider says it took.
  virtual std::pair<std::string, std::string> timing_header(std::int64_t ms) const = 0;
  /// Forgets what it remembers of earlier requests.
  virtual void reset() {}
};

/// Whether the script serves this model.
bool serves(const Script& script, std::string_view model);
/// Whether models of this name are admitted without being listed.
bool is_glob(std::string_view model);
/// "retry-after" and its kin, as far as `failure` has them.
void add_retry_headers(HeaderList& headers, const Failure& failure);
/// Enough of a key to recognise it, not to use it.
std::string masked_key(std::string_view key);

}  // namespace headgate::lab
