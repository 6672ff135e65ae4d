#include "agents/model_calls/model_call.h"

#include <utility>

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

}  // namespace

Task<ModelAnswer> call_model(base::Context& ctx, gateway::Pipeline& pipeline,
                             const std::string& body) {
  const http::Headers no_headers;
  const gateway::Ask bare{
      llm::chat::Dialect::openai_chat, gateway::Operation::chat, {}, no_headers, body, {}};
  const gateway::OwnedAsk owned(bare);
  const gateway::Ask padded = owned.ask();
  AnswerKeeper kept;
  auto done = co_await pipeline.run(ctx, padded, kept);
  if (!done) co_return done.error();
  if (kept.status != 200) {
    const auto said = llm::codec(llm::chat::Dialect::openai_chat).read_error_body(kept.body);
    co_return fail(Errc::upstream_status, "the model answered HTTP " + std::to_string(kept.status) +
                                              (said ? ": " + said->message : std::string()));
  }
  ModelAnswer out{std::move(kept.body), kept.cost()};
  co_return out;
}

}  // namespace headgate::agents
