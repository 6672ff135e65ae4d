// What the data path may use: providers, models and routes as one immutable snapshot, with secrets
// resolved and headers composed, made from the configuration by server/app and swapped on reload.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/principal.h"
#include "base/result.h"
#include "cost/price_book.h"
#include "gateway/config.h"
#include "gateway/degraded/rules.h"
#include "gateway/delivery/rules.h"
#include "http/client/client.h"
#include "llm/chat/part.h"
#include "telemetry/config.h"

namespace headgate::gateway {

class KeyedLimit;
class LastAnswers;
class SharedHedgeBudget;
class SharedBudget;
class Slots;
class TargetHealth;

/// None is infinite. Counted from the start of the attempt, but idle: between two reads of an
/// answer.
struct Timeouts {
  std::int64_t first_token_ms = 30'000;  // streamed answers: until the first content
  std::int64_t idle_ms = 30'000;
  std::int64_t total_ms = 120'000;
  std::int64_t request_ms = 30'000;  // answers that come whole
};

struct Provider {
  std::string name;
  ProviderKind kind = ProviderKind::openai;
  http::ClientOptions client;
  std::string headers;  // "authorization: Bearer …\r\n" and the configured extras, ready to send
  std::string api_version;  // Anthropic's, for calls that come in another dialect
  std::string path_prefix;  // may hold {model}
  std::string query;        // without '?'; empty: none
  ResponsesStore responses_store = ResponsesStore::provider;
  Timeouts timeouts;
  std::size_t response_bytes_max = 64 * 1024 * 1024;
  std::shared_ptr<SharedBudget> budget;  // of retries; null: unbounded
  std::shared_ptr<Slots> slots;          // of attempts; null: any number
  bool reads_rate_headers = false;

  /// The dialect to speak to it for a caller of `dialect`: the same where it knows it.
  llm::chat::Dialect dialect_for(llm::chat::Dialect dialect) const;
  /// What OpenTelemetry's GenAI conventions call it ("openai", "gcp.gemini"); its own name where
  /// it only speaks as OpenAI does.
  std::string_view convention_name() const;
};

struct Model {
  std::string name;  // as clients ask for it
  std::shared_ptr<const Provider> provider;
  std::string upstream_model;
  std::string price_name;  // in the price book; empty: the name the provider answered with
  bool continues = false;  // goes on with an answer that another model has begun
  std::shared_ptr<TargetHealth> health;  // null: nothing is kept of it
};

struct Route {
  std::string name = "default";
  std::vector<std::string> models;   // "*": any
  std::vector<std::string> tenants;  // empty: any
  std::vector<std::string> tiers;    // empty: any
  telemetry::ContentCapture capture = telemetry::ContentCapture::redacted;
  bool inject_usage = true;  // ask streamed answers for their usage, which the client may not see
  OnLoss on_loss = OnLoss::refuse;
  StreamBegin stream_begin = StreamBegin::with_content;
  std::int64_t keep_alive_ms = 15'000;  // 0: never
  PromptCaching prompt_caching = PromptCaching::as_sent;
  StructuredOutput structured_output = StructuredOutput::as_sent;
  std::optional<std::int64_t> first_token_ms;
  std::optional<std::int64_t> total_ms;
  std::optional<std::int64_t> request_ms;
  std::int64_t deadline_ms = 60'000;        // of a call, over all its attempts
  std::vector<std::string> fallback;        // models to ask in place of one that fails, in order
  std::vector<std::string> larger_context;  // and of one that the prompt does not fit
  RetryRules retry;
  OnBreak on_break = OnBreak::error;
  Idempotency idempotency = Idempotency::on;
  HedgeConfig hedge;
  DegradedConfig degraded;
  std::shared_ptr<LastAnswers> last_answers;  // null: none are kept
  std::shared_ptr<SharedHedgeBudget> hedges;  // null: none are made
  std::shared_ptr<SharedBudget> budget;       // of retries; null: unbounded
  std::shared_ptr<Slots> slots;               // of calls; null: any number
  std::shared_ptr<KeyedLimit> per_tenant;     // likewise
  std::shared_ptr<KeyedLimit> per_workflow;   // likewise
};

class Catalog {
 public:
  std::map<std::string, Model, std::less<>> models;
  std::vector<Route> routes;                      // the first that fits is taken
  Route default_route;                            // when none does
  std::shared_ptr<const cost::PriceBook> prices;  // null: everything is unpriced
  std::size_t content_bytes_max = 256 * 1024;     // of a prompt or completion in a trace
  std::size_t json_depth_max = 128;
  std::size_t body_bytes_max = 32 * 1024 * 1024;
  telemetry::LogCalls log_calls = telemetry::LogCalls::failed;
  std::int64_t created_s = 0;  // of every model in /v1/models

  const Model* find(std::string_view name) const;
  /// The route for `model`; the default one when none fits.
  const Route& route_for(std::string_view model, const base::Principal& principal) const;
};

/// Whether the caller's key allows `model`.
bool may_use(const base::Principal& principal, std::string_view model);

}  // namespace headgate::gateway
