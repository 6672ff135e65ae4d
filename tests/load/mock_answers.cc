#include "mock_answers.h"

#include <charconv>

#include "sse_stamp.h"

namespace headgate::load {
namespace {

constexpr std::string_view kJsonHead =
    "content-type: application/json\r\n"
    "openai-organization: bench\r\n"
    "openai-processing-ms: 1\r\n"
    "openai-version: 2020-10-01\r\n"
    "x-request-id: req_5f0c9b1e7a3d4c2b8e6f1a0d9c7b5e3a\r\n";

constexpr std::string_view kCompletion =
    R"({"id":"chatcmpl-CkT0q7hLwB2nVxY4sRfJ8mZpE1dUa","object":"chat.completion",)"
    R"("created":1763900000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":)"
    R"({"role":"assistant","content":"Thank you for the details, Zoë. I can see that order 48213 )"
    R"(left our warehouse on Tuesday and that the carrier has had no scan since then.\n\nHere is )"
    R"(what I have done:\n1. Opened a trace with the carrier (two working days).\n2. Put a )"
    R"(replacement on hold, so that it can leave the day the trace ends without a result.\n3. )"
    R"(Noted that you will be away from the 12th; a neighbour’s address works for us.\n\nYou do )"
    R"(not need to do anything now. If the parcel arrives meanwhile, just reply \"it's here\" and )"
    R"(I will close the case. Is there anything else that I can help you with today?","refusal":)"
    R"(null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens")"
    R"(:412,"completion_tokens":138,"total_tokens":550,"prompt_tokens_details":{"cached_tokens":)"
    R"(0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
    R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default",)"
    R"("system_fingerprint":"fp_51db84afab"})";

constexpr std::string_view kEventStart =
    R"(data: {"id":"chatcmpl-CkT0q7hLwB2nVxY4sRfJ8mZpE1dUa","object":"chat.completion.chunk",)"
    R"("created":1763900000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default",)"
    R"("system_fingerprint":"fp_51db84afab","choices":[)";

std::string response(std::string_view status, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\n").append(kJsonHead);
  text.append("content-length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

std::string chunked(std::string_view body) {
  char size[16];
  const auto [end, error] = std::to_chars(size, size + sizeof size, body.size(), 16);
  static_cast<void>(error);
  std::string text(size, end);
  return text.append("\r\n").append(body).append("\r\n");
}

std::string event(std::string_view choices, std::string_view usage) {
  std::string text(kEventStart);
  return text.append(choices).append("],\"usage\":").append(usage).append("}\n\n");
}

std::string make_stream_end(bool with_usage) {
  std::string text =
      chunked(event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})", "null"));
  if (with_usage) {
    text +=
        chunked(event("", R"({"prompt_tokens":412,"completion_tokens":42,"total_tokens":454})"));
  }
  return text + chunked("data: [DONE]\n\n") + "0\r\n\r\n";
}

}  // namespace

std::string_view completion_response() {
  static const std::string text = response("200 OK", kCompletion);
  return text;
}

std::string_view not_found_response() {
  static const std::string text = response(
      "404 Not Found",
      R"({"error":{"message":"Unknown request URL","type":"invalid_request_error","code":null}})");
  return text;
}

std::string stats_response(std::uint64_t requests, std::uint64_t streams) {
  return response("200 OK", "{\"requests\":" + std::to_string(requests) +
                                ",\"streams\":" + std::to_string(streams) + "}");
}

std::string_view stream_head() {
  return "HTTP/1.1 200 OK\r\n"
         "content-type: text/event-stream; charset=utf-8\r\n"
         "cache-control: no-cache\r\n"
         "openai-processing-ms: 1\r\n"
         "x-request-id: req_5f0c9b1e7a3d4c2b8e6f1a0d9c7b5e3a\r\n"
         "transfer-encoding: chunked\r\n\r\n";
}

std::string_view stream_end(bool with_usage) {
  static const std::string with = make_stream_end(true);
  static const std::string without = make_stream_end(false);
  return with_usage ? with : without;
}

ChunkText::ChunkText()
    : text_(
          chunked(event(R"({"index":0,"delta":{"role":"assistant","content":"@aaaaaaaaaaaaaaaa "},)"
                        R"("logprobs":null,"finish_reason":null})",
                        "null"))),
      stamp_at_(text_.find('@')) {}

std::string_view ChunkText::stamped(std::int64_t sent_ns) {
  write_stamp(text_.data() + stamp_at_, sent_ns);
  return text_;
}

}  // namespace headgate::load
