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
Result<CarriedAnswer> pass_chat(Call& call, std::string_view body) {
  const auto response = llm::openai::scan_chat_response(body, call.catalog->json_depth_max);
  if (!response) return response.error();
  if (response->error) {
    return base::fail(Errc::upstream_status,
                      "the provider answered 200 with an error: " + response->error->message);
  }
  Attempt& attempt = call.attempt();
  attempt.usage = response->usage;
  attempt.model_served = response->model;
  attempt.response_id = response->id;
  if (!response->finish_reasons.empty()) attempt.finish_reason = response->finish_reasons.front();
  call.output = response->content.decode();
  if (call.output.empty()) call.output = response->refusal.decode();
  if (!call.output.empty() && !response->tool_calls.empty()) call.output += '\n';
  call.output += response->tool_calls;
  return CarriedAnswer{};
}

}  // namespace

std::string as_stream(const Call& call, const chat::Answer& answer) {
  const auto writer = llm::codec(call.ask.dialect).stream_writer(answer_context(call));
  std::string out;
  chat::explode(answer, [&](const chat::Event& event) { writer->write(event, out); });
  return out;
}

Result<CarriedAnswer> carry_whole(Call& call, CallTools& tools, std::string_view body) {
  if (call.ask.operation != Operation::chat) return carry_side(call, body);
  if (!call.crosses() && call.ask.dialect == chat::Dialect::openai_chat) {
    return pass_chat(call, body);
  }
  const auto answer = llm::codec(call.upstream_dialect).decode_answer(body, limits_of(call));
  if (!answer) return answer.error();
  call.note(*answer);
  tools.vault.keep(call.ctx.principal->tenant, *answer, call.ctx.loop.now());
  if (auto noted = note_entry(call, &*answer); !noted) return noted.error();
  CarriedAnswer carried;
  carried.rewritten = call.rewrites() || (call.request.stream && call.ask.source.as_array);
  if (!carried.rewritten) return carried;
  if (call.request.stream) {
    carried.body = as_stream(call, *answer);
    carried.content_type = stream_content_type(call);
  } else {
    carried.body = llm::codec(call.ask.dialect).encode_answer(*answer, answer_context(call));
  }
  return carried;
}

}  // namespace headgate::gateway
