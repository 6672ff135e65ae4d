#include "agents/retrieval/query_embedder.h"

#include <algorithm>
#include <utility>

#include "agents/knowledge/vectors.h"
#include "base/async/loop.h"
#include "base/text/utf8.h"
#include "llm/openai/embeddings.h"

namespace headgate::agents::knowledge {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

// Keeps a whole answer.
class BodySink final : public gateway::AnswerSink {
 public:
  Task<void> whole(const http::ReplyHead& head, std::string_view body) override {
    status = head.status();
    text = body;
    co_return Result<void>();
  }
  Task<void> begin(const http::ReplyHead& head) override {
    status = head.status();
    co_return Result<void>();
  }
  Task<void> piece(std::string_view bytes) override {
    text += bytes;
    co_return Result<void>();
  }
  Task<void> end(std::string_view /*trailers*/, std::string_view last) override {
    text += last;
    co_return Result<void>();
  }

  int status = 0;
  std::string text;
};

Result<std::vector<float>> read_one(const BodySink& sink) {
  if (sink.status != 200) {
    constexpr std::size_t kShown = 200;
    return fail(Errc::upstream_status, "HTTP " + std::to_string(sink.status) + ": " +
                                           std::string(base::utf8_prefix(sink.text, kShown)));
  }
  auto vectors = read_embeddings(sink.text);
  if (!vectors) return vectors.error();
  if (vectors->size() != 1 || !normalise(vectors->front())) {
    return fail(Errc::upstream_malformed, "the answer is not one vector with a direction");
  }
  return std::move(vectors->front());
}

}  // namespace

std::string embedding_body(const EmbeddingsConfig& embeddings,
                           const std::vector<std::string>& texts) {
  llm::chat::EmbeddingRequest request;
  request.model = embeddings.model;
  for (const std::string& text : texts) request.inputs.emplace_back(text);
  if (embeddings.dimensions > 0) request.dimensions = embeddings.dimensions;
  llm::chat::Target target;
  target.model = embeddings.model;
  llm::chat::Losses losses;  // nothing is in it that could be lost
  return llm::openai::encode_embedding_request(request, target, losses);
}

Result<std::vector<std::vector<float>>> read_embeddings(std::string_view body) {
  auto answer = llm::openai::decode_embedding_answer(body, {});
  if (!answer) return answer.error();
  return std::move(answer->vectors);
}

Task<std::vector<float>> QueryEmbedder::embed(base::Context& ctx, base::SpanId parent,
                                              const EmbeddingsConfig& embeddings,
                                              std::string_view query) {
  // What a key may search by is not what it may call.
  base::Principal caller = *ctx.principal;
  caller.models.clear();
  base::Context inner{ctx.loop, ctx.cancellation};
  inner.principal = &caller;
  inner.trace = ctx.trace;
  inner.trace.span = base::SpanId::random(ctx.loop.random());
  inner.trace.parent = parent;
  inner.request_id = ctx.request_id;
  inner.user = ctx.user;
  inner.session = ctx.session;
  inner.workflow = ctx.workflow;
  const base::MonoTime until = ctx.loop.now() + base::milliseconds(embeddings.query_timeout_ms);
  inner.deadline = std::min(ctx.deadline, until);
  std::vector<std::string> texts;
  texts.push_back(embeddings.query_prefix + std::string(query));
  constexpr std::size_t kPadding = 64;  // zeros behind a body, as simdjson wants
  std::string body = embedding_body(embeddings, texts);
  const std::size_t size = body.size();
  body.append(kPadding, '\0');
  const std::string_view sent = std::string_view(body).substr(0, size);
  const http::Headers none;
  const gateway::Ask ask{
      llm::chat::Dialect::openai_chat, gateway::Operation::embeddings, {}, none, sent, {}};
  BodySink sink;
  auto done = co_await pipeline_.run(inner, ask, sink);
  if (!done) co_return done.error();
  co_return read_one(sink);
}

}  // namespace headgate::agents::knowledge
