#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "llm/openai_chat/request_decode.h"

namespace headgate::llm::openai_chat {
namespace {

using base::Errc;

struct Rejected {
  std::string_view members;
  std::string_view param;
  std::string_view detail;
};

TEST(openai_chat_request, mistakes_name_their_field) {
  for (const Rejected& c : std::vector<Rejected>{
           {R"("messages":[{"role":"user","content":[{"type":7}]}])", "messages[0].content[0].type",
            "Invalid type for 'messages[0].content[0].type': expected a string, but got a number "
            "instead."},
           {R"("messages":[{"role":"user","content":5}])", "messages[0].content",
            "Invalid type for 'messages[0].content': expected a string or an array of objects, "
            "but got a number instead."},
           {R"("messages":[{"content":"x"}])", "messages[0].role",
            "Missing required parameter: 'messages[0].role'."},
           {R"("messages":[{"role":"robot"}])", "messages[0].role",
            "Invalid 'messages[0].role': 'robot' is not one of 'developer', 'system', 'user', "
            "'assistant', 'tool' and 'function'."},
           {R"("messages":[{"role":"user","content":"a","content":"b"}])", "messages[0].content",
            "Duplicate parameter: 'messages[0].content' appears more than once in the request "
            "body."},
           {R"("messages":[{"role":"tool","content":"x"}])", "messages[0].tool_call_id",
            "Missing required parameter: 'messages[0].tool_call_id'."},
           {R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}])",
            "messages[0].content[0].image_url.url",
            "Missing required parameter: 'messages[0].content[0].image_url.url'."},
           {R"("messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{}}]}])",
            "messages[0].tool_calls[0].function.name",
            "Missing required parameter: 'messages[0].tool_calls[0].function.name'."},
           {R"("messages":[{"role":"user","tool_calls":[{"function":{"name":"f"}}]}])",
            "messages[0].tool_calls",
            "Invalid 'messages[0].tool_calls': only an assistant calls tools."},
           {R"("messages":[],"tools":[{"type":"function","function":{"name":"f",
             "parameters":[]}}])",
            "tools[0].function.parameters",
            "Invalid type for 'tools[0].function.parameters': expected an object, but got an array "
            "instead."},
           {R"("messages":[],"tools":[{"type":"function","name":"f"}])", "tools[0].function",
            "Missing required parameter: 'tools[0].function'."},
           {R"("messages":[],"tools":[{"function":{"name":"f"},"custom":{"name":"g"}}])",
            "tools[0].custom",
            "Invalid 'tools[0].custom': a tool is a function or a custom tool, not both."},
           {R"("messages":[],"tool_choice":"maybe")", "tool_choice",
            "Invalid 'tool_choice': 'maybe' is not one of 'none', 'auto' and 'required'."},
           {R"("messages":[],"temperature":"hot")", "temperature",
            "Invalid type for 'temperature': expected a number, but got a string instead."},
           {R"("messages":[],"stop":[1])", "stop[0]",
            "Invalid type for 'stop[0]': expected a string, but got a number instead."},
           {R"("messages":[],"n":0)", "n", "Invalid 'n': expected an integer from 1 to 128."},
           {R"("messages":[],"stream":true,"stream":true)", "stream",
            "Duplicate parameter: 'stream' appears more than once in the request body."},
           {R"("messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"x"}})",
            "response_format.json_schema.schema",
            "Missing required parameter: 'response_format.json_schema.schema'."}}) {
    const auto request = decode_request("{\"model\":\"m\"," + std::string(c.members) + "}", {}, {});
    ASSERT_TRUE(request.has_error()) << c.members;
    EXPECT_EQ(request.error().code, Errc::invalid_request);
    EXPECT_EQ(request.error().param, c.param);
    EXPECT_EQ(request.error().detail, c.detail);
  }
  EXPECT_EQ(decode_request("{\"model\":\"m\",\"messages\":[{]}", {}, {}).error().code,
            Errc::invalid_json);
  EXPECT_EQ(decode_request("{\"messages\":[]}", {}, {}).error().param, "model");
  EXPECT_EQ(decode_request("{\"model\":\"m\"}", {}, {}).error().param, "messages");
}

TEST(openai_chat_request, limits) {
  const auto with = [](const chat::Limits& limits) {
    return decode_request(R"({"model":"abcd","messages":[{"role":"user","content":[
      {"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"user","content":"c"}],
      "tools":[{"type":"x"},{"type":"y"}],"n":2})",
                          {}, limits);
  };
  EXPECT_TRUE(with({}));
  EXPECT_EQ(with({.depth_max = 3}).error().code, Errc::invalid_json);
  EXPECT_EQ(with({.messages_max = 1}).error().param, "messages");
  EXPECT_EQ(with({.parts_max = 1}).error().param, "messages[0].content");
  EXPECT_EQ(with({.tools_max = 1}).error().param, "tools");
  EXPECT_EQ(with({.candidates_max = 1}).error().param, "n");
  EXPECT_EQ(with({.model_bytes_max = 3}).error().param, "model");
}

}  // namespace
}  // namespace headgate::llm::openai_chat
