#include "llm/anthropic/request_scan.h"

#include <gtest/gtest.h>

#include <string>

#include "llm/anthropic/request_decode.h"

namespace headgate::llm::anthropic {
namespace {

using base::Errc;

TEST(anthropic_scan, reads_what_policy_needs) {
  const std::string_view body =
      R"( {"messages": [ {"role":"user","content":"hi"}, {"role":"assistant","content":[]} ],
      "max_tokens":64, "stream" : true, "model":"claude\u002dx", "metadata":{"a":1,"user_id":"u-1"},
      "tools":[{"name":"f"}], "future":{"model":"other"}} )";
  const auto head = scan_request(body);
  ASSERT_TRUE(head) << head.error().detail;
  EXPECT_EQ(head->model, "claude-x");
  EXPECT_EQ(head->model_value.of(body), R"("claude\u002dx")");
  EXPECT_TRUE(head->stream);
  EXPECT_EQ(head->user, "u-1");
  EXPECT_EQ(head->messages_count, 2U);
  EXPECT_EQ(head->prompt.front(), '[');
  EXPECT_EQ(head->prompt.back(), ']');
  EXPECT_EQ(head->output_tokens_max, 64);
  EXPECT_TRUE(head->has_tools);
  EXPECT_FALSE(head->has_cache_marks);
  EXPECT_TRUE(head->cuts.empty());
  EXPECT_EQ(body[head->end], '}');
}

TEST(anthropic_scan, marks_anywhere_but_in_texts) {
  const auto marked = [](std::string_view rest) {
    return scan_request(R"({"model":"m","messages":[],)" + std::string(rest) + "}")
        ->has_cache_marks;
  };
  EXPECT_TRUE(
      marked(R"("system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}])"));
  EXPECT_TRUE(marked(R"("tools":[{"name":"f","cache_control":null}])"));
  EXPECT_TRUE(marked(R"("cache_control":{"type":"ephemeral"})"));
  EXPECT_FALSE(marked(R"("system":"say \"cache_control\": {}")"));
}

struct Rejected {
  std::string_view body;
  Errc code;
  std::string_view param;
  std::string_view detail;
};

class AnthropicScanRejects : public testing::TestWithParam<Rejected> {};

TEST_P(AnthropicScanRejects, with_param_and_message) {
  const auto head = scan_request(GetParam().body);
  ASSERT_TRUE(head.has_error());
  EXPECT_EQ(head.error().code, GetParam().code);
  EXPECT_EQ(head.error().param, GetParam().param);
  EXPECT_EQ(head.error().detail, GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    table, AnthropicScanRejects,
    testing::Values(
        Rejected{"", Errc::invalid_json, "",
                 "The request body is not valid JSON: invalid JSON at byte 0: expected an object"},
        Rejected{"[]", Errc::invalid_request, "", "The request body should be an object"},
        Rejected{"{}", Errc::invalid_request, "model", "model: Field required"},
        Rejected{R"({"model":"m"})", Errc::invalid_request, "messages", "messages: Field required"},
        Rejected{R"({"model":"","messages":[]})", Errc::invalid_request, "model",
                 "model: String should have at least 1 character"},
        Rejected{R"({"model":1,"messages":[]})", Errc::invalid_request, "model",
                 "model: Input should be a valid string"},
        Rejected{R"({"model":"m","messages":"hi"})", Errc::invalid_request, "messages",
                 "messages: Input should be a valid list"},
        Rejected{R"({"model":"m","messages":[{},1]})", Errc::invalid_request, "messages[1]",
                 "messages[1]: Input should be an object"},
        Rejected{R"({"model":"m","messages":[],"stream":"yes"})", Errc::invalid_request, "stream",
                 "stream: Input should be a valid boolean"},
        Rejected{R"({"model":"m","messages":[],"max_tokens":-1})", Errc::invalid_request,
                 "max_tokens", "max_tokens: Input should be a valid integer that is not negative"},
        Rejected{R"({"model":"m","messages":[],"mod\u0065l":"x"})", Errc::invalid_request, "model",
                 "model: Field appears more than once"},
        Rejected{R"({"model":"m","messages":[],"system":"a","system":"b"})", Errc::invalid_request,
                 "system", "system: Field appears more than once"},
        Rejected{R"({"model":"m","messages":[],"metadata":{"user_id":"a","user_id":"b"}})",
                 Errc::invalid_request, "metadata.user_id",
                 "metadata.user_id: Field appears more than once"}));

TEST(anthropic_scan, limits) {
  const auto with = [](const chat::Limits& limits) {
    return scan_request(
        R"({"model":"abcd","messages":[{"a":{}},{}],"metadata":{"user_id":"abcd"}})", limits);
  };
  EXPECT_TRUE(with({.depth_max = 4}));
  EXPECT_EQ(with({.depth_max = 3}).error().code, Errc::invalid_json);
  EXPECT_EQ(with({.messages_max = 1}).error().param, "messages");
  EXPECT_EQ(with({.model_bytes_max = 3}).error().param, "model");
  EXPECT_EQ(with({.user_bytes_max = 3})->user, "abc");
}

struct Edited {
  std::string_view body;
  std::string_view expected;  // empty: no edit
};

class AnthropicScanEdits : public testing::TestWithParam<Edited> {};

TEST_P(AnthropicScanEdits, by_the_smallest_splice) {
  const auto head = scan_request(GetParam().body);
  ASSERT_TRUE(head) << head.error().detail;
  chat::Edits edits;
  edits.model = "new";
  edits.mark_cache = true;
  edits.cache_key = "not of this dialect";
  EXPECT_EQ(edit_request(GetParam().body, *head, edits).value_or(""), GetParam().expected);
}

#define FOREIGN R"({"type":"thinking","thinking":"t","signature":"headgate.gemini.-..c2ln"})"
#define NATIVE R"({"type":"thinking","thinking":"t","signature":"c2ln"})"
#define MARK R"("cache_control":{"type":"ephemeral"})"

INSTANTIATE_TEST_SUITE_P(
    table, AnthropicScanEdits,
    testing::Values(
        Edited{R"({"model":"old","messages":[] })", R"({"model":"new","messages":[] ,)" MARK "}"},
        Edited{R"({"model":"n\u0065w","messages":[],)" MARK "}", ""},
        Edited{R"({"model":"new","messages":[{"role":"user","content":[{"type":"text",)" MARK
               R"(,"text":"a"}]}]})",
               ""},
        // Thoughts of another provider's model go, with one comma.
        Edited{R"({"model":"new",)" MARK R"(,"messages":[{"role":"assistant","content":[ )" FOREIGN
               R"( , {"type":"text","text":"a"}]}]})",
               R"({"model":"new",)" MARK
               R"(,"messages":[{"role":"assistant","content":[ {"type":"text","text":"a"}]}]})"},
        Edited{R"({"model":"new",)" MARK R"(,"messages":[{"role":"assistant","content":[)" NATIVE
               "," FOREIGN R"(,{"type":"text","text":"a"}, )" FOREIGN "," FOREIGN "]}]}",
               R"({"model":"new",)" MARK R"(,"messages":[{"role":"assistant","content":[)" NATIVE
               R"(,{"type":"text","text":"a"}]}]})"},
        // A message of nothing else goes as a whole.
        Edited{R"({"model":"new",)" MARK R"(,"messages":[{"role":"user","content":"a"},
                {"role":"assistant","content":[)" FOREIGN "," FOREIGN
               R"(]}, {"role":"user","content":"b"}]})",
               R"({"model":"new",)" MARK
               R"(,"messages":[{"role":"user","content":"a"}, {"role":"user","content":"b"}]})"},
        // The word in a text is no mark.
        Edited{R"({"model":"new",)" MARK
               R"(,"messages":[{"role":"user","content":"headgate. is a gateway"}]})",
               ""},
        Edited{R"({"messages":[{"content":[{"data":"headgate.responses.-.rs.YQ==",
                "type":"redacted_thinking"},{"type":"text","text":"x"}],"role":"assistant"}],)" MARK
               R"(,"model":"old"})",
               R"({"messages":[{"content":[{"type":"text","text":"x"}],"role":"assistant"}],)" MARK
               R"(,"model":"new"})"}));

TEST(anthropic_scan, a_cut_body_is_one_that_decodes_without_the_thoughts) {
  const std::string body =
      R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"q"},
          {"role":"assistant","content":[)" FOREIGN "," NATIVE
      R"(]},{"role":"user","content":[{"type":"text","text":"headgate.gemini.-..x"}]}]})";
  const auto head = scan_request(body);
  ASSERT_TRUE(head);
  const auto edited = edit_request(body, *head, {});
  ASSERT_TRUE(edited);
  auto before = decode_request(body, {});
  const auto after = decode_request(*edited, {});
  ASSERT_TRUE(before && after);
  auto& parts = before->messages[1].parts;
  parts.erase(parts.begin());
  EXPECT_EQ(*after, *before);
}

#undef FOREIGN
#undef NATIVE
#undef MARK

}  // namespace
}  // namespace headgate::llm::anthropic
