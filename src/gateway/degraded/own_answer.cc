#include "gateway/degraded/own_answer.h"

#include <utility>

#include "llm/chat/assembler.h"
#include "llm/codecs.h"

namespace headgate::gateway {

namespace chat = llm::chat;

namespace {

chat::Answer answer_of(const Call& call, const std::string& text) {
  chat::Answer answer;
  answer.origin = call.ask.dialect;
  answer.id = "headgate-" + call.ctx.trace.span.hex();
  answer.model = call.request.model;
  answer.created_s = call.begun_unix_us / 1'000'000;
  chat::Candidate& only = answer.candidates.emplace_back();
  only.parts.push_back(chat::text_part(text));
  only.stop = chat::StopReason::stop;
  answer.usage = base::Usage{};
  return answer;
}

}  // namespace

base::Result<OwnAnswer> own_answer(Call& call, const std::string& text) {
  const llm::Codec& codec = llm::codec(call.ask.dialect);
  if (!call.decoded) {
    auto read = codec.decode_request(call.ask.body, call.ask.source, limits_of(call));
    if (!read) return read.error();
    call.decoded = std::move(*read);
  }
  const chat::Answer answer = answer_of(call, text);
  const chat::AnswerContext context = answer_context(call);
  OwnAnswer out;
  out.streamed = call.request.stream;
  if (!out.streamed) {
    out.body = codec.encode_answer(answer, context);
    return out;
  }
  const auto writer = codec.stream_writer(context);
  chat::explode(answer, [&](const chat::Event& event) { writer->write(event, out.body); });
  out.content_type = stream_content_type(call);
  return out;
}

}  // namespace headgate::gateway
