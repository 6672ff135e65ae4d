// One table of messages, right and wrong; what is written is read back.
#include "agents/mcp/message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/text/strings.h"

namespace headgate::agents::mcp {
namespace {

struct Case {
  std::string text;
  std::optional<MessageKind> kind;  // nothing: it is refused
  RpcCode code = RpcCode::invalid_request;
};

TEST(Message, Table) {
  const std::string long_id(300, 'x');
  const std::vector<Case> cases{
      {R"({"jsonrpc":"2.0","id":1,"method":"a"})", MessageKind::request},
      {R"({"jsonrpc":"2.0","id":"x","method":"a","params":{}})", MessageKind::request},
      {R"({"jsonrpc":"2.0","method":"a"})", MessageKind::notification},
      {R"({"jsonrpc":"2.0","id":1,"result":{}})", MessageKind::result},
      {R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})", MessageKind::error},
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}})", MessageKind::error},
      {R"({"jsonrpc":"2.0","error":{"code":1,"message":"m"}})", MessageKind::error},
      {R"({"jsonrpc":"2.0","id":1,"method":"a",})", std::nullopt, RpcCode::parse_error},
      {"", std::nullopt, RpcCode::parse_error},
      {R"([{"jsonrpc":"2.0","id":1,"method":"a"}])", std::nullopt},
      {"7", std::nullopt},
      {R"({"id":1,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"1.0","id":1,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":2.0,"id":1,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":null,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1e3,"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":{},"method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":")" + long_id + R"(","method":"a"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":")" + long_id + R"("})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","params":[]})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","params":null})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"\u0069d":2,"method":"b"})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","result":{}})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1,"result":7})", std::nullopt},
      {R"({"jsonrpc":"2.0","result":{}})", std::nullopt},
      {R"({"jsonrpc":"2.0","id":1})", std::nullopt},
  };
  for (const Case& one : cases) {
    const MessageRead read = read_message(one.text);
    ASSERT_EQ(!read.wrong, one.kind.has_value()) << one.text;
    if (one.kind) {
      EXPECT_EQ(read.message.kind, *one.kind) << one.text;
    } else {
      EXPECT_EQ(read.wrong->code, one.code) << one.text;
      EXPECT_EQ(read.wrong->http_status, 400);
    }
  }
}

TEST(Message, DepthIsBounded) {
  const std::string deep(200, '[');
  const std::string text = R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"x":)" + deep +
                           std::string(200, ']') + "}}";
  ASSERT_TRUE(read_message(text).wrong);
  EXPECT_FALSE(read_message(text, 500).wrong);
}

TEST(Message, ARefusedRequestKeepsItsIdForTheAnswer) {
  const MessageRead read = read_message(R"({"jsonrpc":"2.0","id":42,"method":"a","params":[]})");
  ASSERT_TRUE(read.wrong);
  EXPECT_EQ(read.message.id, "42");
}

TEST(Message, AnErrorIsReadBack) {
  const std::string text =
      write_error("\"a\"", {RpcCode::header_mismatch, "no \"quotes\"\n", R"({"x":1})"});
  const MessageRead read = read_message(text);
  ASSERT_FALSE(read.wrong);
  const RemoteError error = read_error(read.message);
  EXPECT_EQ(error.code, -32020);
  EXPECT_EQ(error.message, "no \"quotes\"\n");
  EXPECT_EQ(error.data, R"({"x":1})");
  EXPECT_EQ(read.message.id, "\"a\"");
}

RC_GTEST_PROP(Message, WhatIsWrittenIsReadBack, (const std::string& name, std::int64_t number)) {
  // Bytes that are no UTF-8 are written longer than they are: an id has its limit all the same.
  RC_PRE(!name.empty() && base::json_string(name).size() <= kIdBytesMax);
  const std::string params = "{\"n\":" + std::to_string(number) + "}";
  const std::string valid = base::json_string(name);
  const std::string text = write_request(std::to_string(number), "m", params);
  const MessageRead read = read_message(text);
  RC_ASSERT(!read.wrong);
  RC_ASSERT(read.message.id == std::to_string(number));
  RC_ASSERT(read.message.params == params);
  const std::string result = write_result(valid, "{\"k\":" + valid + "}");
  const MessageRead back = read_message(result);
  RC_ASSERT(!back.wrong);
  RC_ASSERT(back.message.id == valid);
}

}  // namespace
}  // namespace headgate::agents::mcp
