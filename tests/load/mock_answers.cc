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

// Already JSON-escaped.
constexpr std::string_view kWords =
    R"(Thank you for the details, Zoë. I can see that order 48213 )"
    R"(left our warehouse on Tuesday and that the carrier has had no scan since then.\n\nHere is )"
    R"(what I have done:\n1. Opened a trace with the carrier (two working days).\n2. Put a )"
    R"(replacement on hold, so that it can leave the day the trace ends without a result.\n3. )"
    R"(Noted that you will be away from the 12th; a neighbour’s address works for us.\n\nYou do )"
    R"(not need to do anything now. If the parcel arrives meanwhile, just reply \"it's here\" and )"
    R"(I will close the case. Is there anything else that I can help you with today?)";

constexpr std::string_view kCompletionStart =
    R"({"id":"chatcmpl-CkT0q7hLwB2nVxY4sRfJ8mZpE1dUa","object":"chat.completion",)"
    R"("created":1763900000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":)"
    R"({"role":"assistant","content":")";
constexpr std::string_view kCompletionEnd =
    R"(","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":)"
    R"({"prompt_tokens":412,"completion_tokens":138,"total_tokens":550,"prompt_tokens_details":)"
    R"({"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,)"
    R"("audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},)"
    R"("service_tier":"default","system_fingerprint":"fp_51db84afab"})";

constexpr std::string_view kMessageStart =
    R"({"id":"msg_01CkT0q7hLwB2nVxY4sRfJ8m","type":"message","role":"assistant",)"
    R"("model":"claude-haiku-4-5","content":[{"type":"text","text":")";
constexpr std::string_view kMessageEnd =
    R"("}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":412,)"
    R"("cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":138}})";

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

std::string named_event(std::string_view name, std::string_view data) {
  std::string text = "event: ";
  text.append(name).append("\ndata: ").append(data).append("\n\n");
  return chunked(text);
}

std::string make_chat_end(bool with_usage) {
  std::string text =
      chunked(event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})", "null"));
  if (with_usage) {
    text +=
        chunked(event("", R"({"prompt_tokens":412,"completion_tokens":42,"total_tokens":454})"));
  }
  return text + chunked("data: [DONE]\n\n") + "0\r\n\r\n";
}

std::string make_messages_end() {
  return named_event("content_block_stop", R"({"type":"content_block_stop","index":0})") +
         named_event("message_delta",
                     R"({"type":"message_delta","delta":{"stop_reason":"end_turn",)"
                     R"("stop_sequence":null},"usage":{"output_tokens":42}})") +
         named_event("message_stop", R"({"type":"message_stop"})") + "0\r\n\r\n";
}

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\n"
    "content-type: text/event-stream; charset=utf-8\r\n"
    "cache-control: no-cache\r\n"
    "openai-processing-ms: 1\r\n"
    "x-request-id: req_5f0c9b1e7a3d4c2b8e6f1a0d9c7b5e3a\r\n"
    "transfer-encoding: chunked\r\n\r\n";

std::string make_messages_head() {
  return std::string(kStreamHead) +
         named_event("message_start",
                     R"({"type":"message_start","message":{"id":"msg_01CkT0q7hLwB2nVxY4sRfJ8m",)"
                     R"("type":"message","role":"assistant","model":"claude-haiku-4-5",)"
                     R"("content":[],"stop_reason":null,"stop_sequence":null,"usage":)"
                     R"({"input_tokens":412,"cache_creation_input_tokens":0,)"
                     R"("cache_read_input_tokens":0,"output_tokens":1}}})") +
         named_event("content_block_start",
                     R"({"type":"content_block_start","index":0,"content_block":)"
                     R"({"type":"text","text":""}})");
}

std::string join(std::string_view start, std::string_view middle, std::string_view end) {
  return std::string(start).append(middle).append(end);
}

std::string unstamped_chunk(Dialect dialect) {
  if (dialect == Dialect::messages) {
    return named_event("content_block_delta",
                       R"({"type":"content_block_delta","index":0,"delta":)"
                       R"({"type":"text_delta","text":"@aaaaaaaaaaaaaaaa "}})");
  }
  return chunked(event(R"({"index":0,"delta":{"role":"assistant","content":"@aaaaaaaaaaaaaaaa "},)"
                       R"("logprobs":null,"finish_reason":null})",
                       "null"));
}

}  // namespace

std::string_view completion_response(Dialect dialect) {
  static const std::string chat =
      response("200 OK", join(kCompletionStart, kWords, kCompletionEnd));
  static const std::string messages = response("200 OK", join(kMessageStart, kWords, kMessageEnd));
  return dialect == Dialect::chat ? chat : messages;
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

std::string_view stream_head(Dialect dialect) {
  static const std::string messages = make_messages_head();
  return dialect == Dialect::chat ? kStreamHead : std::string_view(messages);
}

std::string_view stream_end(Dialect dialect, bool with_usage) {
  static const std::string with = make_chat_end(true);
  static const std::string without = make_chat_end(false);
  static const std::string messages = make_messages_end();
  if (dialect == Dialect::messages) return messages;
  return with_usage ? with : without;
}

ChunkText::ChunkText(Dialect dialect)
    : text_(unstamped_chunk(dialect)), stamp_at_(text_.find('@')) {}

std::string_view ChunkText::stamped(std::int64_t sent_ns) {
  write_stamp(text_.data() + stamp_at_, sent_ns);
  return text_;
}

}  // namespace headgate::load
