#include "agents/http_tools/answer.h"

#include <gtest/gtest.h>

#include "agents/tools/content.h"

namespace headgate::agents {
namespace {

using Kind = CallOutcome::Kind;

PinnedTool tool_with(const std::string& output) {
  PinnedTool out;
  out.name = "t";
  out.config.output.text = output;
  ToolInfo info;
  info.input_schema = R"({"type":"object"})";
  info.output_schema = output;
  out.tool = std::make_shared<const Tool>(std::move(info));
  return out;
}

std::string text(const CallOutcome& outcome) { return plain_text(outcome.result.content, 1000); }

TEST(Answer, json_is_structured) {
  const auto outcome = read_answer(tool_with(""), 200, "application/json; charset=utf-8", "[1]");
  EXPECT_EQ(outcome.kind, Kind::answered);
  EXPECT_EQ(*outcome.result.structured, "[1]");
  EXPECT_EQ(text(outcome), "[1]");
  EXPECT_FALSE(read_answer(tool_with(""), 200, "text/plain", "[1]").result.structured);
  EXPECT_FALSE(read_answer(tool_with(""), 200, "application/json", "[1").result.structured);
  EXPECT_EQ(text(read_answer(tool_with(""), 204, "", "")), "done (HTTP 204)");
}

TEST(Answer, is_held_against_the_schema) {
  const PinnedTool tool = tool_with(R"({"type":"object","required":["id"]})");
  EXPECT_FALSE(read_answer(tool, 200, "application/json", R"({"id":1})").result.is_error);
  EXPECT_TRUE(read_answer(tool, 200, "application/json", "{}").result.is_error);
  EXPECT_TRUE(read_answer(tool, 200, "text/plain", R"({"id":1})").result.is_error);
}

TEST(Answer, failures_are_told_or_unknown) {
  struct Row {
    int status;
    Kind kind;
    bool passes;
  };
  for (const Row& row : {Row{400, Kind::answered, false}, Row{404, Kind::answered, false},
                         Row{301, Kind::answered, false}, Row{429, Kind::answered, true},
                         Row{500, Kind::answered, true}, Row{503, Kind::answered, true},
                         Row{502, Kind::unknown, true}, Row{504, Kind::unknown, true}}) {
    const auto outcome = read_answer(tool_with(""), row.status, "text/plain", "why");
    EXPECT_EQ(outcome.kind, row.kind) << row.status;
    EXPECT_EQ(is_passing_failure(outcome), row.passes) << row.status;
    EXPECT_TRUE(outcome.result.is_error) << row.status;
    EXPECT_EQ(text(outcome), "HTTP " + std::to_string(row.status) + ": why");
  }
  EXPECT_TRUE(too_large_answer(200, 5).result.is_error);
}

}  // namespace
}  // namespace headgate::agents
