// The reader behind decode_request(): one pass over the body, a function a member. Internal to the
// folder; lives on the stack. A read function returns false when the cursor failed or an error was
// set. request_decode.cc has the top level and the messages, request_tools.cc tools and formats.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/result.h"
#include "llm/chat/codec.h"
#include "llm/openai_chat/message.h"

namespace headgate::llm::openai_chat {

class RequestReader {
 public:
  RequestReader(std::string_view body, const chat::Limits& limits)
      : body_(body),
        limits_(limits),
        cursor_(body, limits.depth_max),
        messages_(body, cursor_, limits, error_) {}

  base::Result<chat::Request> run();

 private:
  struct Member {
    std::string_view name;
    bool (RequestReader::*read)(const Place& at);
  };
  // A call whose result may come, of the last message that had calls.
  struct OpenCall {
    std::string id;
    std::string name;
    bool custom = false;
    bool answered = false;
  };
  static std::span<const Member> members();

  bool reject(base::Error error);
  bool wrong(const Place& at, std::string_view expected);
  bool member(std::string_view key);
  bool extra(chat::Extras& extras, std::string_view group);
  std::string_view since(std::size_t begin) const;
  base::Result<chat::Request> checked();

  bool text(const Place& at, std::string& out, std::size_t bytes_max = std::string::npos);
  bool boolean(const Place& at, std::optional<bool>& out);
  bool count(const Place& at, std::optional<std::int64_t>& out);
  bool number(const Place& at, std::string& out);
  bool raw(const Place& at, base::json::Kind kind, std::string_view expected, std::string& out);

  bool model(const Place& at);
  bool messages(const Place& at);
  bool stream(const Place& at);
  bool stream_options(const Place& at);
  bool max_tokens(const Place& at);
  bool max_completion_tokens(const Place& at);
  bool n(const Place& at);
  bool stop(const Place& at);
  bool temperature(const Place& at) { return number(at, request_.temperature); }
  bool top_p(const Place& at) { return number(at, request_.top_p); }
  bool top_k(const Place& at) { return number(at, request_.top_k); }
  bool presence_penalty(const Place& at) { return number(at, request_.presence_penalty); }
  bool frequency_penalty(const Place& at) { return number(at, request_.frequency_penalty); }
  bool seed(const Place& at) { return number(at, request_.seed); }
  bool logprobs(const Place& at) { return boolean(at, request_.logprobs); }
  bool top_logprobs(const Place& at) { return count(at, request_.top_logprobs); }
  bool user(const Place& at) { return text(at, user_, limits_.user_bytes_max); }
  bool safety_identifier(const Place& at) {
    return text(at, request_.user, limits_.user_bytes_max);
  }
  bool service_tier(const Place& at) { return text(at, request_.service_tier); }
  bool prompt_cache_key(const Place& at) {
    return text(at, request_.cache_key, limits_.user_bytes_max);
  }
  bool prompt_cache_options(const Place& at);
  bool metadata(const Place& at);
  bool store(const Place& at) { return boolean(at, request_.store); }
  bool reasoning_effort(const Place& at);

  bool message(const Place& at, std::size_t index);
  bool put_message(const Place& at, chat::Role role, MessagePieces& pieces, std::size_t index);
  void put_calls(std::vector<chat::Part>& calls, std::size_t index, chat::Message& message);
  bool put_result(const Place& at, MessagePieces& pieces, bool legacy, std::size_t index);
  OpenCall* call_of(std::string_view id, std::string_view name);

  bool tools(const Place& at);
  bool functions(const Place& at);
  bool tool(const Place& at);
  bool tool_body(const Place& at, chat::Tool& tool);
  bool tool_member(const Place& at, std::string_view key, chat::Tool& tool);
  bool put_tool(const Place& at, chat::Tool tool);
  bool tool_choice(const Place& at);
  bool tool_choice_object(const Place& at);
  bool function_call(const Place& at);
  bool choice_names(const Place& at, chat::ToolChoice& choice, bool& known);
  bool allowed_tools(const Place& at, chat::ToolChoice& choice, bool& known);
  bool allowed_tool(const Place& at, chat::ToolChoice& choice, bool& known);
  bool parallel_tool_calls(const Place& at) { return boolean(at, request_.parallel_tool_calls); }
  bool response_format(const Place& at);
  bool json_schema(const Place& at, chat::OutputFormat& format, chat::Extras& extras);

  std::string_view body_;
  const chat::Limits& limits_;
  base::json::Cursor cursor_;
  std::optional<base::Error> error_;
  MessageReader messages_;
  chat::Request request_;
  std::uint64_t seen_ = 0;
  std::string user_;
  std::optional<std::int64_t> max_tokens_;
  std::vector<OpenCall> open_calls_;
};

}  // namespace headgate::llm::openai_chat
