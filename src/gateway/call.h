// What becomes known of one model call while it runs, and its end: the price, the trace record and
// the metrics, in that order, before the caller gets the last byte. Lives in the pipeline's frame.
#pragma once

#include <boost/container/small_vector.hpp>

#include <memory>
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

namespace headgate::resilience {
struct ChaosEntry;
class ChaosRules;
}  // namespace headgate::resilience
namespace headgate::storage {
class QueuedCallStore;
class ResponseStore;
}  // namespace headgate::storage

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
  resilience::ChaosRules* chaos = nullptr;      // null: nothing is made to go wrong
  storage::QueuedCallStore* queued = nullptr;   // null: none are queued
};

class Call;
class Race;

/// One try at a model: the way to its provider and back, and what it used and cost. What another
/// try at the same call does at the same time is none of its business.
class Attempt {
 public:
  Attempt(Call& call, const Model& model);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  Call& call;
  const Model& model;
  base::Cancellation* cancellation;  // the call's, or its own
  Race* race = nullptr;              // with another attempt (hedging/race.h); null: alone

  // The way there: the dialect spoken to the provider, the body in it (nothing: the caller's as it
  // came), and what that could not say.
  llm::chat::Dialect upstream_dialect;
  std::optional<std::string> body;
  llm::chat::Losses losses;
  bool crosses() const;
  /// Whether the caller's answer is written by us, with an id of ours.
  bool rewrites() const;
  std::string_view request_body() const;

  // What came.
  base::SpanId span;
  base::MonoTime begun;
  std::optional<base::MonoTime> ended;     // nothing: with the call
  bool sent = false;                       // the provider may have acted on it
  int upstream_status = 0;                 // 0: no answer came
  std::optional<base::MonoTime> answered;  // when a good answer's head came
  std::optional<base::MonoTime> first_token;
  std::optional<base::Usage> usage;
  std::string model_served;
  std::string response_id;
  std::string finish_reason;
  std::string output;     // text, and tool calls as JSON
  std::string reasoning;  // before it, where the provider tells it
  std::size_t output_cut_bytes = 0;
  std::string entry;  // of the answer, to be stored (responses/stored_call.h)
  std::optional<base::Error> error;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  bool is_free = false;        // providers do not charge for it, whatever the price book says
  std::string_view failure;    // its name in the failure table; empty: none
  std::string cache_expected;  // tokens, as text
  std::shared_ptr<const resilience::ChaosEntry> chaos;  // made it go wrong; null: nothing did
  std::vector<telemetry::Attribute> attributes;         // of its span; views into this

  /// Takes from a whole or assembled answer what is priced, traced and counted.
  void note(const llm::chat::Answer& answer);
  /// It is over and has failed; `failure`: by its name in the failure table.
  void end(const base::Error& failed, std::string_view failure);
  /// Another attempt answers the caller: this one is over, and what it did may have to be paid for.
  void lose();
  bool is_lost() const { return lost_; }

 private:
  bool lost_ = false;
};

class Call {
 public:
  Call(base::Context& ctx, const Ask& ask, std::shared_ptr<const Catalog> catalog);

  base::Context& ctx;
  const Ask& ask;
  std::shared_ptr<const Catalog> catalog;
  llm::chat::Head request;
  const Model* asked_model = nullptr;  // that the caller named
  const Route* route = nullptr;
  base::MonoTime begun;
  std::int64_t begun_unix_us;
  bool wants_trailers = false;

  // The caller's request as it was read, where somebody had to.
  std::optional<llm::chat::Request> decoded;
  std::optional<llm::chat::EmbeddingRequest> embedding;  // likewise, of embeddings

  // Responses that are kept here (responses/stored_call.h).
  std::vector<std::string> history;  // what the call goes on from, oldest first
  std::string response_id;           // of an answer that is written anew

  // The attempts that were made, in the order in which they began.
  boost::container::small_vector<std::unique_ptr<Attempt>, 2> attempts;
  Attempt& begin(std::unique_ptr<Attempt> attempt);
  /// The one that the caller's answer is from, else the last; null: none was made.
  const Attempt* answering() const { return answering_; }
  Attempt& answering() { return *answering_; }
  void answers(Attempt& attempt) { answering_ = &attempt; }
  /// Its model, or the one that was asked for.
  const Model* served_by() const { return answering_ ? &answering_->model : asked_model; }
  /// What was not tried, and why: "breaker open".
  struct Skip {
    const Model* model;
    std::string_view why;
  };
  boost::container::small_vector<Skip, 2> skipped;
  base::Duration queued{};  // waited for places, in all
  /// Of a call with an idempotency key that another one answered: "replay", "refused".
  std::string_view idempotent;
  /// What became of a second attempt beside the first, or why there was none; empty: not needed.
  std::string_view hedge;
  /// What the caller gets in place of a whole answer of a model that was meant for it: "smaller",
  /// "cached", "canned", "queued"; empty: nothing.
  std::string_view degraded;
  std::string queued_id;  // of a call that is to be made later
  /// The caller gets what no model has said.
  void answer_without_model(int status, std::string_view kind, std::string output);
  bool streamed = false;

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
  void keep_reasoning(CallTools& tools);
  void watch_caches(CallTools& tools);
  void watch_cache(CallTools& tools, Attempt& attempt);
  std::optional<base::Usage> usage() const;
  std::optional<base::MonoTime> first_token() const;
  void fill_head(telemetry::Span& span, base::MonoTime now) const;
  void fill_attempt(telemetry::Span& span, std::size_t index, base::MonoTime now) const;
  telemetry::AttemptSample sample_of(const Attempt& one, base::MonoTime now) const;
  bool record(CallTools& tools, base::MonoTime now);

  Attempt* answering_ = nullptr;
  std::string own_output_;  // in place of a model's
  bool settled_ = false;
};

/// What decoders of its bodies may take.
llm::chat::Limits limits_of(const Call& call);
/// What whoever writes the caller's answer must know.
llm::chat::AnswerContext answer_context(const Attempt& attempt);
/// The same of an answer that we write ourselves, with an id of ours.
llm::chat::AnswerContext answer_context(const Call& call);
/// Of a stream, as the caller wants it.
std::string_view stream_content_type(const Call& call);

}  // namespace headgate::gateway
