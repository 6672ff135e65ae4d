#include "llm/codecs.h"

#include <array>

#include "llm/anthropic/answer.h"
#include "llm/anthropic/errors.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/request_scan.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/anthropic/stream_writer.h"
#include "llm/openai/bodies.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/chat_response.h"
#include "llm/openai_chat/answer.h"
#include "llm/openai_chat/request_decode.h"
#include "llm/openai_chat/request_encode.h"
#include "llm/openai_chat/stream_reader.h"
#include "llm/openai_chat/stream_writer.h"

namespace headgate::llm {
namespace {

using chat::Dialect;

template <class Reader>
std::unique_ptr<chat::StreamReader> make_reader(const chat::Limits& limits) {
  return std::make_unique<Reader>(limits);
}

template <class Writer>
std::unique_ptr<chat::StreamWriter> make_writer(const chat::AnswerContext& context) {
  return std::make_unique<Writer>(context);
}

std::string openai_error(const base::Error& error, std::string_view) {
  return openai::error_body(error);
}

int openai_status(base::Errc code) { return base::row(code).http_status; }

constexpr Codec kOpenaiChat = {
    .dialect = Dialect::openai_chat,
    .scan_request = openai::scan_chat_request,
    .edit_request = openai::edit_chat_request,
    .decode_request = openai_chat::decode_request,
    .encode_request = openai_chat::encode_request,
    .decode_answer = openai_chat::decode_answer,
    .encode_answer = openai_chat::encode_answer,
    .stream_reader = make_reader<openai_chat::StreamReader>,
    .stream_writer = make_writer<openai_chat::StreamWriter>,
    .error_body = openai_error,
    .error_status = openai_status,
    .read_error_body = openai::scan_error_body,
};

constexpr Codec kAnthropic = {
    .dialect = Dialect::anthropic,
    .scan_request = anthropic::scan_request,
    .edit_request = anthropic::edit_request,
    .decode_request = anthropic::decode_request,
    .encode_request = anthropic::encode_request,
    .decode_answer = anthropic::decode_answer,
    .encode_answer = anthropic::encode_answer,
    .stream_reader = make_reader<anthropic::StreamReader>,
    .stream_writer = make_writer<anthropic::StreamWriter>,
    .error_body = anthropic::error_body,
    .error_status = anthropic::error_status,
    .read_error_body = anthropic::read_error_body,
};

}  // namespace

const Codec& codec(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_chat: return kOpenaiChat;
    case Dialect::openai_responses: return kOpenaiChat;
    case Dialect::anthropic: return kAnthropic;
    case Dialect::gemini: return kOpenaiChat;
  }
  return kOpenaiChat;
}

}  // namespace headgate::llm
