// Whole answers: of a model (a message), of count_tokens, of the list of models; and the words for
// why a message ended, which the streams share. A message holds one candidate; thoughts of other
// providers' models become thinking blocks that carry their signature under our mark (blocks.h).
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::anthropic {

/// Errors: upstream_malformed; upstream_status, when the body of a 200 is an error.
base::Result<chat::Answer> decode_answer(std::string_view body, const chat::Limits& limits = {});

/// Candidates behind the first, media and log-probabilities have no place in a message.
std::string encode_answer(const chat::Answer& answer, const chat::AnswerContext& context);

/// "end_turn" and its like; a word that nobody knows is `other`.
chat::StopReason stop_reason(std::string_view word);
/// The word for it: the provider's own where it is one of this dialect's. A message with tool calls
/// that ended naturally ended for them, whatever its provider calls that.
std::string_view stop_word(chat::StopReason reason, std::string_view native, bool has_calls);

/// An id of this dialect for an answer that any provider gave: "msg_…".
std::string message_id(std::string_view id);

/// {"input_tokens":N}, and the way back. Errors: upstream_malformed.
std::string count_answer(std::int64_t input_tokens);
base::Result<std::int64_t> read_count_answer(std::string_view body);

struct ModelEntry {
  std::string_view id;
  std::string_view display_name;  // empty: the id
  std::int64_t created_s = 0;     // seconds since 1970
  std::optional<std::int64_t> input_tokens_max;
  std::optional<std::int64_t> output_tokens_max;
};

/// The answer to GET /v1/models/{id}.
std::string model_body(const ModelEntry& model);
/// The answer to GET /v1/models: all of them on one page.
std::string models_body(std::span<const ModelEntry> models);

}  // namespace headgate::llm::anthropic
