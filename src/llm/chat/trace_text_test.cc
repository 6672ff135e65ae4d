#include "llm/chat/trace_text.h"

#include <gtest/gtest.h>

#include <utility>

#include "llm/chat/request.h"

namespace headgate::llm::chat {
namespace {

Part thought(std::string text, bool redacted = false) {
  Reasoning out;
  out.text = std::move(text);
  out.redacted = redacted;
  out.signature = {Dialect::anthropic, "sealed"};
  return {std::move(out), {}, {}};
}

TEST(TraceText, keeps_thoughts_apart_and_signatures_out) {
  Candidate candidate;
  candidate.parts.push_back(thought("First."));
  candidate.parts.push_back(text_part("Answer."));
  candidate.parts.push_back(thought("blob", true));
  candidate.parts.push_back(thought("Then."));
  candidate.parts.push_back({ToolCall{"c1", "look", "{}", false, {}}, {}, {}});
  EXPECT_EQ(reasoning_text(candidate), "First.\n\nThen.");
  EXPECT_EQ(trace_text(candidate),
            "Answer.\n"
            R"([{"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}}])");
  EXPECT_EQ(reasoning_text(Candidate{}), "");
}

}  // namespace
}  // namespace headgate::llm::chat
