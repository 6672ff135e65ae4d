#include "llm/openai/chat_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;

TEST(chat_request, reads_what_policy_needs) {
  const std::string_view body =
      R"( {"messages": [ {"role":"user","content":"hi"}, {"role":"user","content":"\ud83d"} ],
      "stream" : true, "model":"gpt\u002d4o", "stream_options":{"include_obfuscation":false ,
      "include_usage" : false}, "user":"u-1", "max_tokens":5, "max_completion_tokens":7, "n":2,
      "tools":[{"type":"function"}], "future":{"x":[1,{"model":"other"}]}} )";
  const auto request = scan_chat_request(body);
  ASSERT_TRUE(request) << request.error().detail;
  EXPECT_EQ(request->model, "gpt-4o");
  EXPECT_EQ(request->model_value.of(body), R"("gpt\u002d4o")");
  EXPECT_TRUE(request->stream);
  EXPECT_EQ(request->stream_options.include_usage, false);
  EXPECT_EQ(request->stream_options.include_usage_value.of(body), "false");
  EXPECT_EQ(request->prompt.substr(0, 3), "[ {");
  EXPECT_EQ(request->prompt.back(), ']');
  EXPECT_EQ(request->messages_count, 2U);
  EXPECT_EQ(request->user, "u-1");
  EXPECT_EQ(request->output_tokens_max, 7);
  EXPECT_EQ(request->candidates, 2);
  EXPECT_TRUE(request->has_tools);
  EXPECT_EQ(body[request->end], '}');
}

TEST(chat_request, defaults_and_nulls) {
  const auto request = scan_chat_request(
      R"({"model":"m","messages":[],"stream":null,"stream_options":null,"user":null,"n":null,
          "max_tokens":null,"tools":null})");
  ASSERT_TRUE(request) << request.error().detail;
  EXPECT_FALSE(request->stream);
  EXPECT_FALSE(request->stream_options.value);
  EXPECT_TRUE(request->stream_options.null);
  EXPECT_FALSE(request->output_tokens_max);
  EXPECT_EQ(request->candidates, 1);
  EXPECT_FALSE(request->has_tools);
  EXPECT_FALSE(scan_chat_request(R"({"model":"m","messages":[],"tools":[]})")->has_tools);
}

TEST(chat_request, safety_identifier_before_user) {
  const auto request =
      scan_chat_request(R"({"safety_identifier":"s","model":"m","messages":[],"user":"u"})");
  EXPECT_EQ(request->user, "s");
}

struct Rejected {
  std::string_view body;
  Errc code;
  std::string_view param;
  std::string_view detail;
};

class ChatRequestRejects : public testing::TestWithParam<Rejected> {};

TEST_P(ChatRequestRejects, with_param_and_message) {
  const auto request = scan_chat_request(GetParam().body);
  ASSERT_TRUE(request.has_error());
  EXPECT_EQ(request.error().code, GetParam().code);
  EXPECT_EQ(request.error().param, GetParam().param);
  EXPECT_EQ(request.error().detail, GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    table, ChatRequestRejects,
    testing::Values(
        Rejected{"", Errc::invalid_json, "",
                 "We could not parse the JSON body of your request: expected an object at byte 0."},
        Rejected{R"({"model":"m",)", Errc::invalid_json, "",
                 "We could not parse the JSON body of your request: expected a member name at byte "
                 "13."},
        Rejected{R"({"model":"m","messages":[]}x)", Errc::invalid_json, "",
                 "We could not parse the JSON body of your request: expected the end at byte 27."},
        Rejected{R"({"model":tru,"messages":[]})", Errc::invalid_request, "model",
                 "Invalid type for 'model': expected a string, but got a boolean instead."},
        Rejected{R"({"model":"m","messages":[x]})", Errc::invalid_json, "",
                 "We could not parse the JSON body of your request: expected a value at byte 25."},
        Rejected{
            "[]", Errc::invalid_request, "",
            "Invalid type for the request body: expected an object, but got an array instead."},
        Rejected{R"({"messages":[]})", Errc::invalid_request, "model",
                 "you must provide a model parameter"},
        Rejected{R"({"model":"","messages":[]})", Errc::invalid_request, "model",
                 "you must provide a model parameter"},
        Rejected{R"({"model":"m"})", Errc::invalid_request, "messages",
                 "Missing required parameter: 'messages'."},
        Rejected{R"({"model":"m","messages":"hi"})", Errc::invalid_request, "messages",
                 "Invalid type for 'messages': expected an array of objects, but got a string "
                 "instead."},
        Rejected{R"({"model":"m","messages":[{},"hi"]})", Errc::invalid_request, "messages[1]",
                 "Invalid type for 'messages[1]': expected an object, but got a string instead."},
        Rejected{R"({"model":"m","messages":[],"stream":"yes"})", Errc::invalid_request, "stream",
                 "Invalid type for 'stream': expected a boolean, but got a string instead."},
        Rejected{
            R"({"model":"m","messages":[],"stream_options":1})", Errc::invalid_request,
            "stream_options",
            "Invalid type for 'stream_options': expected an object, but got a number instead."},
        Rejected{R"({"model":"m","messages":[],"stream_options":{"include_usage":1}})",
                 Errc::invalid_request, "stream_options.include_usage",
                 "Invalid type for 'stream_options.include_usage': expected a boolean, but got a "
                 "number instead."},
        Rejected{R"({"model":"m","messages":[],"max_tokens":-1})", Errc::invalid_request,
                 "max_tokens", "Invalid 'max_tokens': expected an integer that is not negative."},
        Rejected{R"({"model":"m","messages":[],"n":1.5})", Errc::invalid_request, "n",
                 "Invalid 'n': expected an integer that is not negative."},
        Rejected{R"({"model":"a","messages":[],"mod\u0065l":"b"})", Errc::invalid_request, "model",
                 "Duplicate parameter: 'model' appears more than once in the request body."},
        Rejected{R"({"model":"a","messages":[],"messages":[]})", Errc::invalid_request, "messages",
                 "Duplicate parameter: 'messages' appears more than once in the request body."},
        Rejected{R"({"model":"a","stream":true,"messages":[],"stream":false})",
                 Errc::invalid_request, "stream",
                 "Duplicate parameter: 'stream' appears more than once in the request body."},
        Rejected{
            R"({"model":"a","messages":[],
                     "stream_options":{"include_usage":true,"include_usage":false}})",
            Errc::invalid_request, "stream_options.include_usage",
            "Duplicate parameter: 'stream_options.include_usage' appears more than once in the "
            "request body."}));

TEST(chat_request, limits) {
  const auto with = [](const chat::Limits& limits) {
    return scan_chat_request(R"({"model":"abcd","messages":[{"a":{}},{}],"user":"abcd"})", limits);
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

class ChatRequestEdits : public testing::TestWithParam<Edited> {};

TEST_P(ChatRequestEdits, by_the_smallest_splice) {
  const auto request = scan_chat_request(GetParam().body);
  ASSERT_TRUE(request) << request.error().detail;
  const auto edited =
      edit_chat_request(GetParam().body, *request, {.model = "new", .include_usage = true});
  EXPECT_EQ(edited.value_or(""), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    table, ChatRequestEdits,
    testing::Values(
        Edited{R"({"model":"old","messages":[]})", R"({"model":"new","messages":[]})"},
        Edited{R"({"model":"new","messages":[]})", ""},
        Edited{R"({"model":"n\u0065w","messages":[]})", ""},
        Edited{R"({"model":"new","messages":[],"stream":true })",
               R"({"model":"new","messages":[],"stream":true ,)"
               R"("stream_options":{"include_usage":true}})"},
        Edited{R"({"stream_options":null,"model":"old","messages":[],"stream":true})",
               R"({)"
               R"("stream_options":{"include_usage":true},)"
               R"("model":"new","messages":[],"stream":true})"},
        Edited{R"({"stream_options":{},"model":"old","messages":[],"stream":true})",
               R"({)"
               R"("stream_options":{"include_usage":true},)"
               R"("model":"new","messages":[],"stream":true})"},
        Edited{R"({"stream_options":{"x":1},"model":"new","messages":[],"stream":true})",
               R"({)"
               R"("stream_options":{"include_usage":true,"x":1},)"
               R"("model":"new","messages":[],"stream":true})"},
        Edited{R"({"model":"new","messages":[],"stream":true,)"
               R"("stream_options":{ "include_usage":false}})",
               R"({"model":"new","messages":[],"stream":true,)"
               R"("stream_options":{ "include_usage":true}})"},
        Edited{R"({"model":"new","messages":[],"stream":true,)"
               R"("stream_options":{"include_usage":null}})",
               R"({"model":"new","messages":[],"stream":true,)"
               R"("stream_options":{"include_usage":true}})"},
        Edited{R"({"model":"new","messages":[],"stream":true,)"
               R"("stream_options":{"include_usage":true}})",
               ""},
        Edited{R"({"model":"new","messages":[],"stream":false,"stream_options":{}})", ""}));

// Members in any order, with blanks: after the edit the body says what it should, and taking the
// edited places out of both bodies leaves the same bytes.
TEST(chat_request, edits_leave_every_other_byte) {
  base::SeededRandom random(7);
  const std::vector<std::string> variants[] = {
      {R"("model":"a")", R"("model" : "\u0061\"" )", R"( "m\u006fdel":"b")"},
      {R"("messages":[])", R"("messages" :[{"role":"user","content":"{\"model\":\"x\"}"}] )"},
      {R"("stream":true)", R"("stream" : true )"},
      {"", R"("stream_options":null)", R"("stream_options" : { } )",
       R"("stream_options":{"include_usage" : null })",
       R"("stream_options":{"y":{"include_usage":1}})",
       R"("stream_options":{"x":[],"include_usage":false,"z":2})"},
      {"", R"("zzz":{"model":"inner","stream_options":{}})", R"("caf\u00e9":"\ud83d")"}};
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> members;
    for (const auto& choices : variants) {
      const std::string& member = choices[random.below(choices.size())];
      if (!member.empty())
        members.insert(
            members.begin() + static_cast<std::ptrdiff_t>(random.below(members.size() + 1)),
            member);
    }
    std::string body = " {";
    for (const std::string& member : members) body += (body.size() > 2 ? ", " : "") + member;
    body += "\n} ";
    const auto before = scan_chat_request(body);
    ASSERT_TRUE(before) << body << before.error().detail;
    const auto edited = edit_chat_request(body, *before, {.model = "n\"w", .include_usage = true});
    ASSERT_TRUE(edited);
    const auto after = scan_chat_request(*edited);
    ASSERT_TRUE(after) << *edited;
    EXPECT_EQ(after->model, "n\"w");
    EXPECT_TRUE(after->usage_asked());
    EXPECT_EQ(after->prompt, before->prompt);
    EXPECT_FALSE(edit_chat_request(*edited, *after, {.model = "n\"w", .include_usage = true}));
    // Undo the model, then the usage: the caller's bytes come back.
    std::string undone = *edited;
    const std::string_view old_model = before->model_value.of(body);
    undone.replace(after->model_value.begin, after->model_value.size(), old_model);
    const auto model_only = edit_chat_request(body, *before, {.include_usage = true});
    EXPECT_EQ(undone, model_only.value_or(body));
  }
}

}  // namespace
}  // namespace headgate::llm::openai
