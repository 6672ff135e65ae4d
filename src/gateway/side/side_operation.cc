#include "gateway/side/side_operation.h"

#include <utility>

#include "gateway/prepare.h"
#include "gateway/responses/stored_call.h"
#include "llm/anthropic/answer.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/codecs.h"
#include "llm/gemini/bodies.h"
#include "llm/gemini/embedding.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/embeddings.h"
#include "llm/openai/moderations.h"
#include "llm/responses/request_scan.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Result;
using chat::Dialect;

namespace {

// What OpenAI moderates with when a request names no model.
constexpr std::string_view kModerationModel = "omni-moderation-latest";

chat::Target target_of(const Attempt& attempt) {
  chat::Target target;
  target.model = attempt.model.upstream_model;
  target.api_version = attempt.model.provider->api_version;
  return target;
}

llm::gemini::EmbeddingForm form_of(const Call& call) {
  using llm::gemini::EmbeddingForm;
  return call.ask.source.as_array ? EmbeddingForm::batch : EmbeddingForm::single;
}

Result<chat::Request> decode_count(const Call& call) {
  const auto& ask = call.ask;
  if (ask.dialect == Dialect::anthropic) {
    return llm::anthropic::decode_count_request(ask.body, ask.source, limits_of(call));
  }
  if (ask.dialect == Dialect::gemini) {
    return llm::gemini::decode_count_request(ask.body, ask.source, limits_of(call));
  }
  return llm::codec(ask.dialect).decode_request(ask.body, ask.source, limits_of(call));
}

Result<void> scan_embeddings(Call& call) {
  if (call.ask.dialect == Dialect::gemini) {
    auto read = llm::gemini::decode_embedding_request(call.ask.body, form_of(call), call.ask.source,
                                                      limits_of(call));
    if (!read) return read.error();
    call.request.model = call.ask.source.model;
    call.request.prompt = call.ask.body;
    call.embedding = std::move(*read);
    return {};
  }
  auto head = llm::openai::scan_embedding_request(call.ask.body, limits_of(call));
  if (!head) return head.error();
  call.request = std::move(head->head);
  return {};
}

Result<void> scan_moderations(Call& call) {
  auto head = llm::openai::scan_moderation_request(call.ask.body, limits_of(call));
  if (!head) return head.error();
  call.request = std::move(*head);
  if (call.request.model.empty()) call.request.model = kModerationModel;
  return {};
}

Result<void> scan_count(Call& call) {
  if (call.ask.dialect != Dialect::gemini) {
    auto head =
        llm::codec(call.ask.dialect).scan_request(call.ask.body, call.ask.source, limits_of(call));
    if (!head) return head.error();
    call.request = std::move(*head);
    call.request.stream = false;
    return {};
  }
  call.request.model = call.ask.source.model;
  call.request.prompt = call.ask.body;
  return {};
}

bool gemini_upstream(const Attempt& attempt) { return attempt.upstream_dialect == Dialect::gemini; }

Result<void> prepare_embeddings(Attempt& attempt) {
  Call& call = attempt.call;
  if (!gemini_upstream(attempt) && !call.embedding) {  // OpenAI's own: bytes pass
    chat::Edits edits;
    edits.model = attempt.model.upstream_model;
    attempt.body = llm::openai::edit_chat_request(call.ask.body, call.request, edits);
    return {};
  }
  if (!call.embedding) {
    auto read = llm::openai::decode_embedding_request(call.ask.body, limits_of(call));
    if (!read) return read.error();
    call.embedding = std::move(*read);
  }
  const chat::Target target = target_of(attempt);
  attempt.body =
      gemini_upstream(attempt)
          ? llm::gemini::encode_embedding_request(*call.embedding, target, attempt.losses)
          : llm::openai::encode_embedding_request(*call.embedding, target, attempt.losses);
  return judge_losses(attempt);
}

Result<void> prepare_count(Attempt& attempt) {
  const Call& call = attempt.call;
  if (!attempt.crosses() && call.history.empty()) {
    chat::Edits edits;
    edits.model = attempt.model.upstream_model;
    if (call.ask.dialect == Dialect::gemini) return {};
    attempt.body = llm::codec(call.ask.dialect).edit_request(call.ask.body, call.request, edits);
    return {};
  }
  auto read = decode_count(call);
  if (!read) return read.error();
  if (auto joined = join_history(attempt, *read); !joined) return joined.error();
  const chat::Target target = target_of(attempt);
  chat::Losses& losses = attempt.losses;
  if (attempt.upstream_dialect == Dialect::anthropic) {
    attempt.body = llm::anthropic::encode_count_request(*read, target, losses);
  } else if (gemini_upstream(attempt)) {
    attempt.body = llm::gemini::encode_count_request(*read, target, losses);
  } else {
    attempt.body = llm::codec(attempt.upstream_dialect).encode_request(*read, target, losses);
  }
  return judge_losses(attempt);
}

Result<CarriedAnswer> carry_embeddings(Attempt& attempt, std::string_view body) {
  const Call& call = attempt.call;
  CarriedAnswer carried;
  if (!call.embedding) {
    const auto facts = llm::openai::scan_embedding_answer(body, call.catalog->json_depth_max);
    if (!facts) return facts.error();
    if (facts->error) {
      return base::fail(Errc::upstream_status,
                        "the provider answered 200 with an error: " + facts->error->message);
    }
    attempt.usage = facts->usage;
    attempt.model_served = facts->model;
    return carried;
  }
  const auto answer = gemini_upstream(attempt)
                          ? llm::gemini::decode_embedding_answer(body, limits_of(call))
                          : llm::openai::decode_embedding_answer(body, limits_of(call));
  if (!answer) return answer.error();
  attempt.usage = answer->usage;
  attempt.model_served = answer->model;
  carried.rewritten = true;
  carried.body = call.ask.dialect == Dialect::gemini
                     ? llm::gemini::encode_embedding_answer(*answer, form_of(call))
                     : llm::openai::encode_embedding_answer(*answer, *call.embedding);
  return carried;
}

Result<CarriedAnswer> carry_count(Attempt& attempt, std::string_view body) {
  const Call& call = attempt.call;
  std::int64_t tokens = 0;
  if (gemini_upstream(attempt)) {
    const auto count = llm::gemini::decode_token_count(body);
    if (!count) return count.error();
    tokens = count->total;
  } else {  // Anthropic and OpenAI say it with the same word
    const auto count = llm::anthropic::read_count_answer(body);
    if (!count) return count.error();
    tokens = *count;
  }
  CarriedAnswer carried;
  carried.rewritten = attempt.crosses();
  if (!carried.rewritten) return carried;
  if (call.ask.dialect == Dialect::anthropic) {
    carried.body = llm::anthropic::count_answer(tokens);
  } else if (call.ask.dialect == Dialect::gemini) {
    carried.body = llm::gemini::encode_token_count({tokens, 0});
  } else {
    carried.body = llm::responses::input_tokens_body(tokens);
  }
  return carried;
}

}  // namespace

Result<void> scan_side(Call& call) {
  if (call.ask.operation == Operation::embeddings) return scan_embeddings(call);
  if (call.ask.operation == Operation::moderations) return scan_moderations(call);
  return scan_count(call);
}

Result<void> prepare_side(Attempt& attempt) {
  const Call& call = attempt.call;
  if (call.ask.operation == Operation::embeddings) return prepare_embeddings(attempt);
  if (call.ask.operation == Operation::count_tokens) return prepare_count(attempt);
  attempt.body = llm::openai::edit_moderation_request(call.ask.body, call.request,
                                                      attempt.model.upstream_model);
  return {};
}

Result<CarriedAnswer> carry_side(Attempt& attempt, std::string_view body) {
  const Call& call = attempt.call;
  if (call.ask.operation == Operation::embeddings) return carry_embeddings(attempt, body);
  attempt.is_free = true;
  if (call.ask.operation == Operation::count_tokens) return carry_count(attempt, body);
  const auto facts = llm::openai::scan_moderation_answer(body, call.catalog->json_depth_max);
  if (!facts) return facts.error();
  if (facts->error) {
    return base::fail(Errc::upstream_status,
                      "the provider answered 200 with an error: " + facts->error->message);
  }
  attempt.model_served = facts->model;
  attempt.response_id = facts->id;
  return CarriedAnswer{};
}

}  // namespace headgate::gateway
