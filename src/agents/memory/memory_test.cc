#include "agents/memory/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::agents {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string user(const std::string& text) { return R"({"role":"user","content":")" + text + "\"}"; }
std::string agent(const std::string& text) {
  return R"({"role":"assistant","content":")" + text + "\"}";
}

RunState run(std::vector<std::string> memory, std::string said, std::string output) {
  RunState out;
  out.memory = std::move(memory);
  out.input = {user(said)};
  out.output = std::move(output);
  return out;
}

TEST(Memory, GoesOnWithWhatWasSaid) {
  const Memory memory = remember(run({user("a"), agent("b")}, "c", "d"), {});
  EXPECT_THAT(memory.kept, ElementsAre(user("a"), agent("b"), user("c"), agent("d")));
  EXPECT_THAT(memory.over, IsEmpty());
}

TEST(Memory, KeepsTheNewestMessages) {
  MemoryConfig config;
  config.messages_max = 3;
  const Memory memory = remember(run({user("a"), agent("b")}, "c", "d"), config);
  // Three would begin with an answer whose question is gone.
  EXPECT_THAT(memory.kept, ElementsAre(user("c"), agent("d")));
  EXPECT_THAT(memory.over, ElementsAre(user("a"), agent("b")));
}

TEST(Memory, IsBoundedInTokens) {
  MemoryConfig config;
  config.tokens_max = 100;
  const Memory memory =
      remember(run({user(std::string(300, 'a')), agent("b")}, "c", std::string(200, 'd')), config);
  EXPECT_THAT(memory.kept, ElementsAre(user("c"), agent(std::string(200, 'd'))));
  const Memory none = remember(run({}, "c", std::string(1000, 'd')), config);
  EXPECT_THAT(none.kept, IsEmpty());
  EXPECT_EQ(none.over.size(), 2U);
}

TEST(Memory, ASummaryIsNobodysWords) {
  EXPECT_THAT(summary_messages("all \"well\""),
              ElementsAre(user("What was said before?"), agent(R"(all \"well\")")));
  MemoryConfig config;
  config.summary_model = "small";
  const std::string request = summary_request(config, {user("a"), agent("b")});
  EXPECT_TRUE(request.starts_with(R"({"model":"small","messages":[{"role":"system",)")) << request;
  EXPECT_TRUE(request.ends_with(R"("max_completion_tokens":500})")) << request;
}

}  // namespace
}  // namespace headgate::agents
