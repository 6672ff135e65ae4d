#include "llm/openai/moderations.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::llm::openai {
namespace {

using base::Errc;

TEST(moderations, a_request) {
  const std::string body = R"({"input":["a",{"type":"text"}], "model" : "omni" })";
  const auto head = scan_moderation_request(body);
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(head->model, "omni");
  EXPECT_EQ(head->messages_count, 2U);
  EXPECT_EQ(head->prompt, R"(["a",{"type":"text"}])");
  EXPECT_EQ(edit_moderation_request(body, *head, "up"),
            R"({"input":["a",{"type":"text"}], "model" : "up" })");
  EXPECT_EQ(edit_moderation_request(body, *head, "omni"), std::nullopt);
}

TEST(moderations, the_model_may_be_missing) {
  const auto edited = [](std::string_view body) {
    const auto head = scan_moderation_request(body);
    EXPECT_TRUE(head) << body;
    return edit_moderation_request(body, *head, "up").value_or("");
  };
  EXPECT_EQ(edited(R"({"input":"a"})"), R"({"input":"a","model":"up"})");
  EXPECT_EQ(edited(R"({"model":null,"input":"a"} )"), R"({"model":"up","input":"a"} )");
}

TEST(moderations, requests_with_mistakes) {
  struct Rejected {
    std::string_view body;
    Errc code;
    std::string_view param;
  };
  for (const Rejected& c : std::vector<Rejected>{
           {"", Errc::invalid_json, ""},
           {"[]", Errc::invalid_request, ""},
           {"{}", Errc::invalid_request, "input"},
           {R"({"input":)", Errc::invalid_json, ""},
           {R"({"input":"a","model":tru})", Errc::invalid_request, "model"},
           {R"({"input":"a","model":x})", Errc::invalid_json, ""},
           {R"({"input":null})", Errc::invalid_request, "input"},
           {R"({"input":"a","input":"b"})", Errc::invalid_request, "input"},
           {R"({"input":"a","model":"m","model":"n"})", Errc::invalid_request, "model"}}) {
    const auto head = scan_moderation_request(c.body);
    ASSERT_TRUE(head.has_error()) << c.body;
    EXPECT_EQ(head.error().code, c.code) << c.body;
    EXPECT_EQ(head.error().param, c.param) << c.body;
  }
  EXPECT_EQ(scan_moderation_request(R"({"input":["a","b"]})", {.messages_max = 1}).error().param,
            "input");
  EXPECT_EQ(scan_moderation_request(R"({"input":"a","model":"abc"})", {.model_bytes_max = 2})
                .error()
                .param,
            "model");
}

TEST(moderations, an_answer) {
  const auto facts = scan_moderation_answer(
      R"({"id":"modr-1","model":"omni","results":[{"flagged":true,"categories":{"hate":true}},
          {"flagged":false}]})");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->id, "modr-1");
  EXPECT_EQ(facts->model, "omni");
  EXPECT_EQ(facts->results, 2U);
  EXPECT_EQ(facts->flagged, 1U);
  EXPECT_EQ(scan_moderation_answer(R"({"error":{"message":"busy"}})")->error->message, "busy");
  for (const std::string_view body : {"", "[]", "{}", R"({"results":{}})", R"({"results":[1]})"}) {
    EXPECT_EQ(scan_moderation_answer(body).error().code, Errc::upstream_malformed) << body;
  }
}

}  // namespace
}  // namespace headgate::llm::openai
