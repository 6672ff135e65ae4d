#include "gateway/carry/whole_answer.h"

#include <memory>

#include "base/async/loop.h"
#include "gateway/carry/refusal.h"
#include "gateway/responses/stored_call.h"
#include "gateway/side/side_operation.h"
#include "llm/chat/assembler.h"
#include "llm/codecs.h"
#include "llm/openai/chat_response.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Errc;
using base::Result;

namespace {

// The hot path: chat completions from an OpenAI provider to an OpenAI client.
Result<CarriedAnswer> pass_chat(Attempt& attempt, std::string_view body) {
  const auto response = llm::openai::scan_chat_response(body, attempt.call.catalog->json_depth_max);
  if (!response) return response.error();
  if (response->error) {
    return base::fail(Errc::upstream_status,
                      "the provider answered 200 with an error: " + response->error->message);
  }
  attempt.usage = response->usage;
  attempt.model_served = response->model;
  attempt.response_id = response->id;
  if (!response->finish_reasons.empty()) attempt.finish_reason = response->finish_reasons.front();
  attempt.output = response->content.decode();
  attempt.reasoning = response->reasoning.decode();
  if (attempt.output.empty()) attempt.output = response->refusal.decode();
  if (!attempt.output.empty() && !response->tool_calls.empty()) attempt.output += '\n';
  attempt.output += response->tool_calls;
  return CarriedAnswer{};
}

}  // namespace

std::string as_stream(const Attempt& attempt, const chat::Answer& answer) {
  const auto writer = llm::codec(attempt.call.ask.dialect).stream_writer(answer_context(attempt));
  std::string out;
  chat::explode(answer, [&](const chat::Event& event) { writer->write(event, out); });
  return out;
}

Result<CarriedAnswer> carry_whole(Attempt& attempt, CallTools& tools, std::string_view body) {
  const Call& call = attempt.call;
  if (call.ask.operation != Operation::chat) return carry_side(attempt, body);
  if (!attempt.crosses() && call.ask.dialect == chat::Dialect::openai_chat) {
    return pass_chat(attempt, body);
  }
  const auto answer = llm::codec(attempt.upstream_dialect).decode_answer(body, limits_of(call));
  if (!answer) return answer.error();
  attempt.note(*answer);
  tools.vault.keep(call.ctx.principal->tenant, *answer, call.ctx.loop.now());
  if (auto noted = note_entry(attempt, &*answer); !noted) return noted.error();
  CarriedAnswer carried;
  carried.rewritten = attempt.rewrites() || (call.request.stream && call.ask.source.as_array);
  if (!carried.rewritten) return carried;
  if (call.request.stream) {
    carried.body = as_stream(attempt, *answer);
    carried.content_type = stream_content_type(call);
  } else {
    carried.body = llm::codec(call.ask.dialect).encode_answer(*answer, answer_context(attempt));
  }
  return carried;
}

}  // namespace headgate::gateway
