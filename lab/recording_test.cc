#include "lab/recording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::lab {
namespace {

std::string key_of(const std::string& method, const std::string& path, const std::string& body,
                   const std::string& query = {}) {
  return request_key({method, path, {}, body, query});
}

TEST(RequestKey, IgnoresTheOrderOfKeysAndTheLayout) {
  const auto key = key_of("POST", "/v1/x", R"({"a":1,"b":{"c":[1,2],"d":"é"}})");
  EXPECT_EQ(key, key_of("POST", "/v1/x", R"({ "b": {"d":"\u00e9","c":[1, 2]}, "a": 1 })"));
  EXPECT_NE(key, key_of("POST", "/v1/x", R"({"a":1,"b":{"c":[2,1],"d":"é"}})"));
  EXPECT_NE(key, key_of("POST", "/v1/y", R"({"a":1,"b":{"c":[1,2],"d":"é"}})"));
  EXPECT_NE(key_of("GET", "/v1/x", ""), key_of("POST", "/v1/x", ""));
  EXPECT_NE(key_of("POST", "/v1/x", "", "alt=sse"), key_of("POST", "/v1/x", ""));
  EXPECT_EQ(key_of("POST", "/v1/x", "", "key=secret"), key_of("POST", "/v1/x", ""));
}

RecordedExchange exchange_of(const std::string& key, std::vector<RecordedChunk> chunks) {
  RecordedExchange out;
  out.key = key;
  out.method = "POST";
  out.path = "/v1/chat/completions";
  out.request = "{}";
  out.status = 200;
  out.headers = {{"content-type", "text/event-stream"}};
  out.head_us = 1000;
  out.chunked = true;
  out.chunks = std::move(chunks);
  return out;
}

RC_GTEST_PROP(Recording, LinesCarryAnyBytes, (const std::vector<std::string>& pieces)) {
  RecordedExchange out = exchange_of("k", {});
  std::int64_t at = 1000;
  for (const auto& piece : pieces) out.chunks.push_back({at += 10, piece});
  const std::string line = to_line(out);
  RC_ASSERT(line.find('\n') == line.npos);
  const auto back = from_line(line);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->chunks.size() == pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    RC_ASSERT(back->chunks[i].bytes == pieces[i]);
    RC_ASSERT(back->chunks[i].at_us == out.chunks[i].at_us);
  }
  RC_ASSERT(to_line(*back) == line);
}

TEST(Recording, SaysWhichLineIsWrong) {
  const auto lines = to_line(exchange_of("k", {})) + "\n\nnonsense\n";
  const auto recording = Recording::parse(lines, "r.jsonl");
  ASSERT_FALSE(recording.has_value());
  EXPECT_THAT(recording.error().detail, testing::StartsWith("r.jsonl:3: "));
  const auto empty = Recording::parse("{}", "r.jsonl");
  ASSERT_FALSE(empty.has_value());
  EXPECT_THAT(empty.error().detail, testing::HasSubstr("'version'"));
}

TEST(Recording, AnswersRepeatedRequestsInOrder) {
  const std::string key = key_of("POST", "/v1/x", "{}");
  const auto lines = to_line(exchange_of(key, {{0, "first"}})) + "\n" +
                     to_line(exchange_of(key, {{0, "second"}})) + "\n";
  auto recording = Recording::parse(lines, "r.jsonl");
  ASSERT_TRUE(recording.has_value());
  EXPECT_EQ(recording->size(), 2U);
  const LabRequest request{"POST", "/v1/x", {}, " {} "};
  EXPECT_EQ(recording->next(request)->chunks[0].bytes, "first");
  EXPECT_EQ(recording->next(request)->chunks[0].bytes, "second");
  EXPECT_EQ(recording->next(request)->chunks[0].bytes, "second");
  EXPECT_EQ(recording->next({"POST", "/v1/other", {}, "{}"}), nullptr);
}

TEST(Replay, KeepsThePace) {
  const auto exchange = exchange_of("k", {{3000, "a"}, {7000, "b"}});
  const auto plan = replay_plan(exchange, 2);
  ASSERT_EQ(plan.size(), 7U);
  EXPECT_EQ(std::get<Wait>(plan[0]).time.count(), 500);
  EXPECT_EQ(std::get<Start>(plan[1]).status, 200);
  EXPECT_EQ(std::get<Wait>(plan[2]).time.count(), 1000);
  EXPECT_EQ(std::get<Write>(plan[3]).bytes, "a");
  EXPECT_EQ(std::get<Wait>(plan[4]).time.count(), 2000);
  EXPECT_TRUE(std::holds_alternative<Finish>(plan[6]));
  EXPECT_EQ(replay_plan(exchange, 0).size(), 4U);
}

TEST(Replay, BreaksOffWhereTheProviderDid) {
  auto exchange = exchange_of("k", {{3000, "a"}});
  exchange.complete = false;
  EXPECT_TRUE(std::holds_alternative<End>(replay_plan(exchange, 1).back()));
}

TEST(Replay, AnswersWholeBodiesWhole) {
  auto exchange = exchange_of("k", {{3000, "{\"a\""}, {4000, ":1}"}});
  exchange.chunked = false;
  const auto plan = replay_plan(exchange, 1);
  EXPECT_EQ(std::get<Wait>(plan[0]).time.count(), 4000);
  EXPECT_EQ(std::get<Reply>(plan[1]).body, "{\"a\":1}");
}

}  // namespace
}  // namespace headgate::lab
