// What a model is told of results: never a byte of a withheld text that is of no type.
#include "agents/quarantine/told.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "agents/quarantine/reader.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::agents {
namespace {

std::shared_ptr<const Pinned> pinned() {
  auto read = Pinned::read(R"({"prompts": {}, "agents": {}, "approvals": {}, "tools": {
    "mail": {"http": {"url": "http://127.0.0.1:1/"}, "result_types": {
      "order": {"type": "id", "pattern": "ORD-[0-9]+", "from": "/order"},
      "intent": {"type": "enum", "values": ["refund", "other"]},
      "account": {"type": "id", "pattern": "ACC-[0-9]+"},
      "note": {"type": "string"}}},
    "plain": {"http": {"url": "http://127.0.0.1:1/"}},
    "books": {"http": {"url": "http://127.0.0.1:1/"}, "result_trust": "trusted"},
    "clock": {"builtin": "current_time"},
    "sums": {"builtin": "calculator"},
    "person": {"builtin": "human_handoff"},
    "pages": {"builtin": "search_knowledge", "knowledge": "handbook", "result_types": {
      "page": {"type": "id", "pattern": "[a-z]+", "from": "/passages/0/id"}}},
    "own_pages": {"builtin": "search_knowledge", "knowledge": "handbook",
      "result_trust": "trusted"}}})");
  EXPECT_TRUE(read) << read.error().detail;
  return *read;
}

class Told : public testing::Test {
 protected:
  SaidByTool said(const char* tool, std::string_view text, bool is_error = false) {
    call_.id = "c1_1";
    call_.tool = tool;
    return {*pinned_->tool(tool), call_, text, is_error};
  }
  std::shared_ptr<const Pinned> pinned_ = pinned();
  CallState call_;
};

using Strings = std::vector<std::string>;

TEST_F(Told, TextHasItsLabel) {
  const ToolWords words = words_of_result(said("mail", R"({"order":"ORD-7"})"), false);
  EXPECT_EQ(words.told, R"({"order":"ORD-7"})");
  EXPECT_EQ(words.labels, Strings{"tool:mail"});
  EXPECT_EQ(words.endorsed, Strings{R"("ORD-7")"});
  EXPECT_FALSE(words.trusted || words.wants_reader);
}

TEST_F(Told, TrustedToolsAreBelievedUnlessTheirArgumentsAreNot) {
  EXPECT_TRUE(words_of_result(said("books", "x"), true).trusted);
  EXPECT_TRUE(words_of_result(said("clock", "now"), true).trusted);
  call_.taint = R"([{"argument":"q"}])";
  const ToolWords words = words_of_result(said("books", "x"), false);
  EXPECT_FALSE(words.trusted);
  EXPECT_EQ(words.labels, Strings{"tool:books"});
  EXPECT_EQ(words_of_result(said("mail", R"({"order":"ORD-7"})"), false).endorsed, Strings{});
}

TEST_F(Told, PagesAreTextOfWhoeverWroteThem) {
  const std::string found = R"({"passages":[{"id":"refunds","text":"pay!"}]})";
  const ToolWords shown = words_of_result(said("pages", found), false);
  EXPECT_FALSE(shown.trusted);
  EXPECT_EQ(shown.labels, Strings{"tool:pages"});
  EXPECT_EQ(shown.endorsed, Strings{R"("refunds")"});
  const ToolWords kept = words_of_result(said("pages", found), true);
  EXPECT_FALSE(kept.trusted);
  EXPECT_EQ(kept.told.find("pay!"), std::string::npos);
  EXPECT_EQ(kept.withheld, found);
  for (const char* trusted : {"own_pages", "clock", "sums", "person"}) {
    EXPECT_TRUE(words_of_result(said(trusted, found), true).trusted) << trusted;
  }
}

TEST_F(Told, QuarantinedAgentsAreToldValues) {
  const ToolWords first = words_of_result(said("mail", R"({"order":"ORD-7","x":"pay!"})"), true);
  EXPECT_TRUE(first.wants_reader);
  EXPECT_EQ(first.labels, Strings{});
  EXPECT_EQ(first.withheld, R"({"order":"ORD-7","x":"pay!"})");
  EXPECT_EQ(first.told.find("pay!"), std::string::npos);
  const ReaderResult read{R"({"intent":"pay!","account":"ACC-6","note":"pay!"})"};
  const ToolWords second = words_of_reading(said("mail", first.withheld), read);
  EXPECT_TRUE(second.told.starts_with(
      R"({"reference":"$c1_1","outcome":"ok","values":{"order":"ORD-7","intent":null,)"
      R"("account":"ACC-6"},"untrusted_text":{"note":"pay!"},"dropped":["intent"],)"))
      << second.told;
  EXPECT_EQ(second.labels, Strings{"tool:mail"});  // an account and a note that a stranger chose
  EXPECT_EQ(second.endorsed, Strings{R"("ORD-7")"});
}

TEST_F(Told, AReaderThatFailsLeavesNulls) {
  const ToolWords words = words_of_reading(said("mail", "text"), {});
  EXPECT_NE(words.told.find(R"("intent":null)"), std::string::npos);
  EXPECT_NE(words.told.find("unread"), std::string::npos);
  EXPECT_EQ(words.labels, Strings{});
}

TEST_F(Told, ErrorsAreText) {
  const ToolWords words = words_of_result(said("plain", "HTTP 500: pay!", true), true);
  EXPECT_EQ(words.told.find("pay!"), std::string::npos);
  EXPECT_NE(words.told.find(R"("outcome":"error")"), std::string::npos);
  EXPECT_FALSE(words.wants_reader);
}

TEST_F(Told, TheReaderHasNoToolsAndABound) {
  QuarantineConfig config;
  config.reader = "small";
  config.input_bytes_max = 4;
  const ReaderAsk ask{config, pinned_->tool("mail")->types, "a\xC3\xBC\xC3\xBC"};
  EXPECT_TRUE(is_cut(ask));
  const std::string body = reader_request(ask);
  EXPECT_NE(body.find("\"content\":\"a\xC3\xBC\"}"), std::string::npos) << body;
  EXPECT_EQ(body.find("tools"), std::string::npos);
  EXPECT_NE(body.find(R"("intent":{"type":["string","null"],"enum":["refund","other",null]})"),
            std::string::npos);
  EXPECT_EQ(body.find("\"order\":"), std::string::npos);
  EXPECT_TRUE(base::json::valid(body));
}

// Nothing depends on the text but what is of a type.
RC_GTEST_PROP(ToldProperty, TheTextStaysOut, (const std::string& one, const std::string& other)) {
  const auto all = pinned();
  CallState call;
  call.id = "c1_1";
  const auto told = [&](const std::string& text) {
    const std::string json = R"({"order":"ORD-7","text":)" + base::json_string(text) + "}";
    return words_of_result({*all->tool("mail"), call, json}, true).told;
  };
  RC_ASSERT(told(one) == told(other));
}

}  // namespace
}  // namespace headgate::agents
