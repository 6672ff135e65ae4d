#include "server/ag_ui/input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::server {
namespace {

using testing::HasSubstr;

std::string with(const std::string& members) {
  return R"({"threadId":"t","runId":"r",)" + members + "}";
}

TEST(AgUiInput, TakesWhatPeopleSay) {
  const auto input = read_ag_ui(
      with(R"("protocolVersion":"1.0","state":{},"tools":[],"forwardedProps":{},"new":1,)"
           R"("context":[{"description":"Page","value":"orders"}],"messages":[)"
           R"({"id":"1","role":"user","content":"Hi"},)"
           R"({"id":"2","role":"assistant","content":"Hello","toolCalls":[]},)"
           R"({"id":"3","role":"assistant","toolCalls":[{}]},)"
           R"({"id":"4","role":"tool","toolCallId":"x","content":"secret"},)"
           R"({"id":"5","role":"user","content":[{"type":"text","text":"Look"},)"
           R"({"type":"image","source":{"type":"data","value":"AA==","mimeType":"image/png"}},)"
           R"({"type":"image","source":{"type":"url","value":"https://x/y.png"}}]}])"));
  ASSERT_TRUE(input) << input.error().detail;
  EXPECT_EQ(input->thread_id, "t");
  EXPECT_EQ(input->run_id, "r");
  EXPECT_EQ(input->messages,
            R"([{"role":"user","content":"Page: orders"},{"role":"user","content":"Hi"},)"
            R"({"role":"assistant","content":"Hello"},{"role":"user","content":[)"
            R"({"type":"text","text":"Look"},)"
            R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},)"
            R"({"type":"image_url","image_url":{"url":"https://x/y.png"}}]}])");
}

TEST(AgUiInput, RefusesByName) {
  const std::string said = R"("messages":[{"role":"user","content":"x"}])";
  for (const auto& [body, what] :
       {std::pair(std::string("{"), "not JSON"), std::pair(std::string("{}"), "`threadId`"),
        std::pair(std::string(R"({"threadId":"t"})"), "`runId`"),
        std::pair(with(R"("messages":[])"), "`messages`: nobody"),
        std::pair(with(R"("messages":[{"role":"tool","content":"x"}])"), "`messages`: nobody"),
        std::pair(with(R"("messages":[{"role":"system","content":"x"}])"),
                  "`messages[0].role`: a client cannot speak as `system`"),
        std::pair(with(R"("messages":[{"role":"user","content":7}])"), "`messages[0].content`"),
        std::pair(with(R"("messages":[{"role":"user","content":[{"type":"audio"}]}])"),
                  "`messages[0].content[0].type`"),
        std::pair(with(R"("tools":[{"name":"x"}],)" + said), "`tools`"),
        std::pair(with(R"("context":[{"value":1}],)" + said), "`context[0].value`"),
        std::pair(with(R"("resume":[{"interruptId":"x"}],)" + said), "`resume[0].interruptId`"),
        std::pair(with(R"("resume":[{"interruptId":"a:c:sha256:0"},)"
                       R"({"interruptId":"b:c:sha256:0"}],)" +
                       said),
                  "another run")}) {
    const auto input = read_ag_ui(body);
    ASSERT_FALSE(input) << body;
    EXPECT_THAT(input.error().detail, HasSubstr(what)) << body;
  }
}

TEST(AgUiInput, AnswersAreDecisionsBoundToADigest) {
  const std::string id = interrupt_id("run_1", "c1_1", "sha256:ab");
  const auto body_of = [&](const std::string& rest) {
    const auto input =
        read_ag_ui(with(R"("messages":[],"resume":[{"interruptId":")" + id + "\"" + rest + "}]"));
    EXPECT_TRUE(input && input->answers.size() == 1) << rest;
    EXPECT_EQ(input->answers[0].run_id, "run_1");
    EXPECT_EQ(input->answers[0].call_id, "c1_1");
    return input->answers[0].body;
  };
  EXPECT_EQ(body_of(R"(,"status":"resolved","payload":{"approved":true})"),
            R"({"decision":"approve","digest":"sha256:ab"})");
  EXPECT_EQ(body_of(R"(,"status":"resolved","payload":{"approved":false,"reason":"no"})"),
            R"({"decision":"deny","digest":"sha256:ab","reason":"no"})");
  EXPECT_EQ(body_of(R"(,"payload":{"approved":true,"editedArgs":{"a":1}})"),
            R"({"decision":"edit","digest":"sha256:ab","arguments":{"a":1}})");
  // What is not clearly a yes is a no.
  EXPECT_EQ(body_of(""), R"({"decision":"deny","digest":"sha256:ab"})");
  EXPECT_EQ(body_of(R"(,"status":"cancelled","payload":{"approved":true})"),
            R"({"decision":"deny","digest":"sha256:ab","reason":"cancelled"})");
  EXPECT_EQ(body_of(R"(,"payload":{"approved":"true"})"),
            R"({"decision":"deny","digest":"sha256:ab"})");
}

}  // namespace
}  // namespace headgate::server
