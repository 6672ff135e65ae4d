// What becomes known of one model call while it runs, and its end: the price, the trace record and
// the metrics, in that order, before the caller gets the last byte. Lives in the pipeline's frame.
#pragma once

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/redact/redact.h"
#include "base/usage.h"
#include "gateway/ask.h"
#include "gateway/catalog.h"
#include "gateway/prompt_cache/watch.h"
#include "gateway/signature_vault.h"
#include "llm/chat/codec.h"
#include "llm/chat/embedding.h"
#include "telemetry/metrics.h"
#include "telemetry/sink.h"

namespace headgate::storage {
class ResponseStore;
}

namespace headgate::gateway {

class CallLog;

/// What a call needs from its loop; one a loop.
struct CallTools {
  telemetry::SpanSink& sink;
  telemetry::CallMetrics& metrics;
  base::Redactor& redactor;
  SignatureVault& vault;
  PromptCacheWatch& caches;
  storage::ResponseStore* responses = nullptr;  // null: none are stored, none are known
  CallLog* log = nullptr;                       // null: nothing is logged
};

/// One try at a provider, with what it used and cost.
struct Attempt {
  const Model* model = nullptr;
  base::SpanId span;
  base::MonoTime begun;
  std::optional<base::MonoTime> ended;  // nothing: with the call
  int upstream_status = 0;              // 0: no answer came
  std::optional<base::MonoTime> first_token;
  std::optional<base::Usage> usage;
  std::string model_served;
  std::string response_id;
  std::string finish_reason;
  std::optional<base::Error> error;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  bool is_free = false;        // providers do not charge for it, whatever the price book says
  std::string_view failure;    // its name in the failure table; empty: none
  std::string cache_expected;  // tokens, as text
  std::vector<telemetry::Attribute> attributes;  // of its span; views into this
};

class Call {
 public:
  Call(base::Context& ctx, const Ask& ask, std::shared_ptr<const Catalog> catalog);

  base::Context& ctx;
  const Ask& ask;
  std::shared_ptr<const Catalog> catalog;
  llm::chat::Head request;
  const Model* model = nullptr;        // of the attempt under way
  const Model* asked_model = nullptr;  // that the caller named
  const Route* route = nullptr;
  base::MonoTime begun;
  std::int64_t begun_unix_us;
  bool wants_trailers = false;

  // The dialect spoken to the provider; when it is not the caller's, the request as it was read and
  // what could not be said of it.
  llm::chat::Dialect upstream_dialect = llm::chat::Dialect::openai_chat;
  std::optional<llm::chat::Request> decoded;
  std::optional<llm::chat::EmbeddingRequest> embedding;  // likewise, of embeddings
  llm::chat::Losses losses;
  bool crosses() const { return upstream_dialect != ask.dialect; }

  // Responses that are kept here (responses/stored_call.h).
  std::vector<std::string> history;          // what the call goes on from, oldest first
  std::optional<llm::chat::Request> joined;  // what goes to the provider in place of `decoded`
  std::string response_id;                   // of an answer that is written anew
  std::string entry;                         // that is to be stored
  llm::chat::Request& outgoing() { return joined ? *joined : *decoded; }
  /// Whether the caller's answer is written by us, with an id of ours.
  bool rewrites() const;

  // The attempts; the last is the one under way.
  boost::container::small_vector<Attempt, 1> attempts;
  Attempt& begin_attempt();
  /// The one under way is over and has failed; `failure`: by its name in the failure table.
  void end_attempt(const base::Error& failed, std::string_view failure);
  /// What was not tried, and why: "openai/gpt-x: breaker open".
  std::string skipped;
  /// Adds call.model to it.
  void note_skipped(std::string_view why);
  base::Duration queued{};  // waited for places, in all
  /// Of a call with an idempotency key that another one answered: "replay", "refused".
  std::string_view idempotent;
  Attempt& attempt() { return attempts.back(); }
  bool streamed = false;
  std::string output;  // of the last attempt: text, and tool calls as JSON
  std::size_t output_cut_bytes = 0;
  /// Takes from a whole or assembled answer what is priced, traced and counted.
  void note(const llm::chat::Answer& answer);

  // The outcome.
  int reply_status = 0;
  std::optional<base::Error> error;
  std::optional<base::Picodollars> cost;  // of all attempts, as far as it is known
  bool unpriced = false;

  /// Prices what was used. Idempotent.
  void price();
  /// Writes the trace record (durable against the end of this process) and counts. Once; later
  /// calls do nothing.
  void settle(CallTools& tools);
  /// While set, settle() only prices: whoever set it will call again.
  bool settle_later = false;
  /// "0.00012" or "unpriced", for the caller's cost header.
  std::string cost_text() const;

 private:
  std::string_view captured(CallTools& tools, std::string_view text, std::string& storage,
                            std::uint32_t& cut_bytes) const;
  void price(Attempt& attempt);
  bool is_first_of_model(std::size_t index) const;
  void watch_caches(CallTools& tools);
  void watch_cache(CallTools& tools, Attempt& attempt);
  std::optional<base::Usage> usage() const;
  std::optional<base::MonoTime> first_token() const;
  void fill_head(telemetry::Span& span, base::MonoTime now) const;
  void fill_attempt(telemetry::Span& span, std::size_t index, base::MonoTime now) const;
  telemetry::AttemptSample sample_of(const Attempt& one, base::MonoTime now) const;
  bool record(CallTools& tools, base::MonoTime now);

  bool settled_ = false;
};

/// What decoders of its bodies may take.
llm::chat::Limits limits_of(const Call& call);
/// What whoever writes the caller's answer must know.
llm::chat::AnswerContext answer_context(const Call& call);
/// Of a stream, as the caller wants it.
std::string_view stream_content_type(const Call& call);

}  // namespace headgate::gateway
