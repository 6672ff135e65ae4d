#include "server/api/endpoint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::server {
namespace {

using gateway::Operation;
using llm::chat::Dialect;

struct Case {
  std::string path;
  std::vector<http::Header> headers;
  EndpointKind kind;
  Dialect dialect = Dialect::openai_chat;
  Operation operation = Operation::chat;
  std::string name = {};
  std::string version = {};
  bool stream = false;
  bool as_array = false;
};

const http::Header kAnthropic{"anthropic-version", "2023-06-01"};
const http::Header kGoogle{"x-goog-api-key", "k"};
constexpr auto kCall = EndpointKind::model_call;

const std::vector<Case> kCases = {
    {"/healthz", {}, EndpointKind::healthz},
    {"/metrics", {}, EndpointKind::metrics},
    {"/v1/chat/completions", {}, kCall, Dialect::openai_chat, Operation::chat, "", "v1"},
    {"/openai/v1/chat/completions", {}, kCall, Dialect::openai_chat, Operation::chat, "", "v1"},
    {"/v1/embeddings", {}, kCall, Dialect::openai_chat, Operation::embeddings, "", "v1"},
    {"/v1/moderations", {}, kCall, Dialect::openai_chat, Operation::moderations, "", "v1"},
    {"/v1/responses", {}, kCall, Dialect::openai_responses, Operation::chat, "", "v1"},
    {"/v1/responses/input_tokens",
     {},
     kCall,
     Dialect::openai_responses,
     Operation::count_tokens,
     "",
     "v1"},
    {"/v1/responses/resp_1",
     {},
     EndpointKind::stored_response,
     Dialect::openai_responses,
     Operation::chat,
     "resp_1",
     "v1"},
    {"/v1/responses/resp_1/input_items",
     {},
     EndpointKind::response_inputs,
     Dialect::openai_responses,
     Operation::chat,
     "resp_1",
     "v1"},
    {"/v1/responses/resp_1/more", {}, EndpointKind::unknown, Dialect::openai_chat, {}, "", "v1"},
    {"/v1/messages", {kAnthropic}, kCall, Dialect::anthropic, {}, "", "2023-06-01"},
    {"/anthropic/v1/messages", {}, kCall, Dialect::anthropic, {}, "", ""},
    {"/v1/messages/count_tokens",
     {kAnthropic},
     kCall,
     Dialect::anthropic,
     Operation::count_tokens,
     "",
     "2023-06-01"},
    {"/v1/models", {}, EndpointKind::models, Dialect::openai_chat, {}, "", "v1"},
    {"/v1/models", {kAnthropic}, EndpointKind::models, Dialect::anthropic, {}, "", "2023-06-01"},
    {"/v1/models", {kGoogle}, EndpointKind::models, Dialect::gemini, {}, "", "v1"},
    {"/v1beta/models", {}, EndpointKind::models, Dialect::gemini, {}, "", "v1beta"},
    {"/v1/models/a%2Fb", {}, EndpointKind::model, Dialect::openai_chat, {}, "a/b", "v1"},
    {"/v1/models/m:generateContent", {kGoogle}, kCall, Dialect::gemini, {}, "m", "v1"},
    {"/v1beta/models/a/b:countTokens",
     {},
     kCall,
     Dialect::gemini,
     Operation::count_tokens,
     "a/b",
     "v1beta"},
    {"/gemini/v1beta/models/m:streamGenerateContent?alt=sse",
     {},
     kCall,
     Dialect::gemini,
     {},
     "m",
     "v1beta",
     true},
    {"/v1/models/m:streamGenerateContent?key=k",
     {},
     kCall,
     Dialect::gemini,
     {},
     "m",
     "v1",
     true,
     true},
    {"/v1/models/ft:gpt:x", {}, EndpointKind::model, Dialect::openai_chat, {}, "ft:gpt:x", "v1"},
    {"/v1/traces", {}, EndpointKind::otlp_traces, Dialect::openai_chat, {}, "", "v1"},
    {"/v1/degraded/dgr_1", {}, EndpointKind::queued_call, Dialect::openai_chat, {}, "dgr_1", "v1"},
    {"/v1/degraded", {}, EndpointKind::unknown, Dialect::openai_chat, {}, "", "v1"},
    {"/v1", {}, EndpointKind::unknown, Dialect::openai_chat, {}, "", "v1"},
    {"/v1/nothing", {kAnthropic}, EndpointKind::unknown, Dialect::anthropic, {}, "", "2023-06-01"},
    {"/anthropicx/v1/messages", {}, EndpointKind::unknown},
    {"/", {}, EndpointKind::unknown},
};

TEST(Endpoint, is_told_by_path_and_headers) {
  for (const Case& c : kCases) {
    http::RequestHead request;
    const std::string_view target = c.path;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    request.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    for (const auto& header : c.headers) request.headers.add(header.name, header.value);
    const Endpoint endpoint = endpoint_of(request);
    EXPECT_EQ(endpoint.kind, c.kind) << c.path;
    EXPECT_EQ(endpoint.dialect, c.dialect) << c.path;
    EXPECT_EQ(endpoint.operation, c.operation) << c.path;
    EXPECT_EQ(endpoint.name, c.name) << c.path;
    EXPECT_EQ(endpoint.api_version, c.version) << c.path;
    EXPECT_EQ(endpoint.stream, c.stream) << c.path;
    EXPECT_EQ(endpoint.as_array, c.as_array) << c.path;
  }
}

}  // namespace
}  // namespace headgate::server
