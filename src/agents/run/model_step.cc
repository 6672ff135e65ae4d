// One call of a model, by way of the gateway's pipeline, as a client's would go: routes, retries,
// fallback, price and trace are those of every call.
#include <utility>

#include "agents/run/conversation.h"
#include "agents/run/run.h"
#include "agents/run/trace.h"
#include "base/async/loop.h"
#include "gateway/owned_ask.h"
#include "llm/codecs.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
constexpr std::string_view kCostHeader = "x-headgate-cost-usd: ";

/// Keeps a whole answer.
class AnswerKeeper final : public gateway::AnswerSink {
 public:
  Task<void> whole(const http::ReplyHead& head, std::string_view bytes) override {
    status = head.status();
    head_ = head.bytes();
    return add(bytes);
  }
  Task<void> begin(const http::ReplyHead& head) override {
    status = head.status();
    head_ = head.bytes();
    co_return Result<void>{};
  }
  Task<void> piece(std::string_view bytes) override { return add(bytes); }
  Task<void> end(std::string_view, std::string_view last) override { return add(last); }

  /// Nothing: unpriced.
  std::optional<base::Picodollars> cost() const {
    const std::size_t at = head_.find(kCostHeader);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t begin = at + kCostHeader.size();
    return base::parse_dollars(
        std::string_view(head_).substr(begin, head_.find('\r', begin) - begin));
  }

  int status = 0;
  std::string body;

 private:
  Task<void> add(std::string_view bytes) {
    if (body.size() + bytes.size() > kAnswerBytesMax) {
      co_return fail(Errc::upstream_too_large, "the model's answer is too large for a run");
    }
    body += bytes;
    co_return Result<void>{};
  }
  std::string head_;
};

Result<ModelOutcome> outcome_of(const Run& run, const AnswerKeeper& kept) {
  if (kept.status != 200) {
    const auto said = llm::codec(llm::chat::Dialect::openai_chat).read_error_body(kept.body);
    return fail(Errc::upstream_status, "the model answered HTTP " + std::to_string(kept.status) +
                                           (said ? ": " + said->message : std::string()));
  }
  auto outcome = read_outcome(kept.body, run.state().steps, run.agent());
  if (outcome) outcome->cost = kept.cost();
  return outcome;
}

Task<ModelOutcome> ask(Run& run, const base::SpanId& span) {
  base::Context ctx = run.context(span, true);
  const std::string body = request_body(run.state(), run.agent(), run.pinned());
  const http::Headers no_headers;
  const gateway::Ask bare{
      llm::chat::Dialect::openai_chat, gateway::Operation::chat, {}, no_headers, body, {}};
  const gateway::OwnedAsk owned(bare);
  const gateway::Ask padded = owned.ask();
  AnswerKeeper kept;
  auto done = co_await run.tools().pipeline.run(ctx, padded, kept);
  if (!done) co_return done.error();
  co_return outcome_of(run, kept);
}

}  // namespace

Task<void> ask_model(Run& run) {
  const std::int64_t step = run.state().steps + 1;
  const base::SpanId span = run.new_span();
  const PinnedAgent& agent = run.agent();
  auto begun = co_await run.write(model_begun(step, agent.name, agent.config.model, span));
  if (!begun) co_return begun;
  auto outcome = co_await ask(run, span);
  const bool left = run.is_interrupted() || run.is_out_of_time();
  if (!outcome && left) co_return Result<void>{};  // run.cc says what follows
  Entry entry;
  if (outcome) {
    entry = model_finished(step, *outcome);
  } else {
    const base::Error& error = outcome.error();
    record_end(run, error.detail);
    entry = run_failed(base::row(error.code).name, error.detail);
  }
  auto written = co_await run.write(std::move(entry));
  co_return written;
}

}  // namespace headgate::agents
