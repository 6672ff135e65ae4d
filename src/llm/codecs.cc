#include "llm/codecs.h"

#include <array>

#include "llm/anthropic/answer.h"
#include "llm/anthropic/errors.h"
#include "llm/anthropic/request_decode.h"
#include "llm/anthropic/request_encode.h"
#include "llm/anthropic/request_scan.h"
#include "llm/anthropic/stream_reader.h"
#include "llm/anthropic/stream_writer.h"
#include "llm/gemini/answer.h"
#include "llm/gemini/errors.h"
#include "llm/gemini/request_decode.h"
#include "llm/gemini/request_encode.h"
#include "llm/gemini/request_scan.h"
#include "llm/gemini/stream_reader.h"
#include "llm/gemini/stream_writer.h"
#include "llm/openai/bodies.h"
#include "llm/openai/chat_request.h"
#include "llm/openai/chat_response.h"
#include "llm/openai_chat/answer.h"
#include "llm/openai_chat/request_decode.h"
#include "llm/openai_chat/request_encode.h"
#include "llm/openai_chat/stream_reader.h"
#include "llm/openai_chat/stream_writer.h"
#include "llm/responses/answer.h"
#include "llm/responses/errors.h"
#include "llm/responses/request_decode.h"
#include "llm/responses/request_encode.h"
#include "llm/responses/request_scan.h"
#include "llm/responses/stream_reader.h"
#include "llm/responses/stream_writer.h"

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

std::unique_ptr<chat::StreamWriter> make_gemini_writer(const chat::AnswerContext& context) {
  using gemini::Framing;
  return std::make_unique<gemini::StreamWriter>(context,
                                                context.as_array ? Framing::array : Framing::sse);
}

// Where the body says all that a scan needs.
template <base::Result<chat::Head> (*scan)(std::string_view, const chat::Limits&)>
base::Result<chat::Head> scan_body(std::string_view body, const chat::Source&,
                                   const chat::Limits& limits) {
  return scan(body, limits);
}

std::string openai_error(const base::Error& error, std::string_view) {
  return openai::error_body(error);
}

int openai_status(base::Errc code) { return base::row(code).http_status; }
int responses_status(base::Errc code) { return responses::form_of(code).status; }
int gemini_status(base::Errc code) { return gemini::error_kind(code).code; }

constexpr Codec kOpenaiChat = {
    .dialect = Dialect::openai_chat,
    .scan_request = scan_body<openai::scan_chat_request>,
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
    .scan_request = scan_body<anthropic::scan_request>,
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

constexpr Codec kResponses = {
    .dialect = Dialect::openai_responses,
    .scan_request = scan_body<responses::scan_request>,
    .edit_request = responses::edit_request,
    .decode_request = responses::decode_request,
    .encode_request = responses::encode_request,
    .decode_answer = responses::decode_answer,
    .encode_answer = responses::encode_answer,
    .stream_reader = make_reader<responses::StreamReader>,
    .stream_writer = make_writer<responses::StreamWriter>,
    .error_body = responses::error_body,
    .error_status = responses_status,
    .read_error_body = responses::read_error_body,
};

constexpr Codec kGemini = {
    .dialect = Dialect::gemini,
    .scan_request = gemini::scan_request,
    .edit_request = gemini::edit_request,
    .decode_request = gemini::decode_request,
    .encode_request = gemini::encode_request,
    .decode_answer = gemini::decode_answer,
    .encode_answer = gemini::encode_answer,
    .stream_reader = make_reader<gemini::StreamReader>,
    .stream_writer = make_gemini_writer,
    .error_body = gemini::error_body,
    .error_status = gemini_status,
    .read_error_body = gemini::read_error_body,
};

}  // namespace

const Codec& codec(Dialect dialect) {
  switch (dialect) {
    case Dialect::openai_chat: return kOpenaiChat;
    case Dialect::openai_responses: return kResponses;
    case Dialect::anthropic: return kAnthropic;
    case Dialect::gemini: return kGemini;
  }
  return kOpenaiChat;
}

}  // namespace headgate::llm
