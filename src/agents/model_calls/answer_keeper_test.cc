#include "agents/model_calls/answer_keeper.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "base/async/loop.h"
#include "base/async/task_group.h"
#include "llm/codecs.h"

namespace headgate::agents {
namespace {

namespace chat = llm::chat;

class Told final : public TextSink {
 public:
  void text(std::string_view piece) override {
    EXPECT_FALSE(piece.empty());
    now += piece;
  }
  void withdrawn() override {
    EXPECT_FALSE(now.empty());
    before.push_back(std::move(now));
    now.clear();
  }
  std::string now;
  std::vector<std::string> before;
};

/// What the pipeline says to a sink, in order.
class Teller {
 public:
  explicit Teller(AnswerKeeper& keeper) : keeper_(keeper) {}

  base::Result<void> whole(int status, const std::string& type, const std::string& body) {
    const http::ReplyHead head = head_of(status, type);
    return run(keeper_.whole(head, body));
  }
  base::Result<void> begin() {
    const http::ReplyHead head = head_of(200, "text/event-stream; charset=utf-8");
    return run(keeper_.begin(head));
  }
  base::Result<void> piece(const std::string& bytes) { return run(keeper_.piece(bytes)); }
  base::Result<void> end(const std::string& trailers, const std::string& last) {
    return run(keeper_.end(trailers, last));
  }

 private:
  static http::ReplyHead head_of(int status, const std::string& type) {
    http::ReplyHead head(status);
    head.add("Content-Type", type);
    head.add("trailer", "x-headgate-cost-usd");
    return head;
  }
  base::Async<void> keep(base::Task<void> task, base::Result<void>& out) { out = co_await task; }
  base::Result<void> run(base::Task<void> task) {
    base::Result<void> out = base::fail(base::Errc::internal, "did not end");
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(keep(std::move(task), out));
    loop_.run_ready();
    return out;
  }

  AnswerKeeper& keeper_;
  base::RealClock clock_;
  base::Loop loop_{clock_};
};

const std::string kBody =
    R"({"id":"c1","object":"chat.completion","created":5,"model":"m-1","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"Hi — 🙂","tool_calls":[{"id":"t1",)"
    R"("type":"function","function":{"name":"get","arguments":"{\"a\":1}"}}]},)"
    R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,"completion_tokens":2,)"
    R"("total_tokens":12}})";

std::string chunk(const std::string& delta, const std::string& finish = "null") {
  return R"(data: {"id":"c1","object":"chat.completion.chunk","created":5,"model":"m-1",)"
         R"("choices":[{"index":0,"delta":)" +
         delta + R"(,"finish_reason":)" + finish + "}]}\n\n";
}

std::string stream() {
  return chunk(R"({"role":"assistant","content":"Hi"})") + ": a comment\n\n" +
         chunk(R"({"content":" — 🙂"})") +
         chunk(R"({"tool_calls":[{"index":0,"id":"t1","type":"function",)"
               R"("function":{"name":"get","arguments":""}}]})") +
         chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]})") +
         chunk("{}", R"("tool_calls")") +
         R"(data: {"id":"c1","object":"chat.completion.chunk","created":5,"model":"m-1",)"
         R"("choices":[],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}})"
         "\n\ndata: [DONE]\n\n";
}

TEST(AnswerKeeper, a_whole_answer) {
  Told told;
  AnswerKeeper keeper(&told);
  Teller teller(keeper);
  ASSERT_TRUE(teller.whole(200, "application/json", kBody));
  const auto answer = keeper.take();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->usage->input, 10);
  EXPECT_EQ(told.now, "");
  EXPECT_FALSE(keeper.cost());
}

RC_GTEST_PROP(AnswerKeeper, a_stream_is_the_same_answer_in_every_cut, ()) {
  const auto whole = llm::codec(chat::Dialect::openai_chat).decode_answer(kBody, chat::Limits{});
  RC_ASSERT(whole.has_value());
  Told told;
  AnswerKeeper keeper(&told);
  Teller teller(keeper);
  RC_ASSERT(teller.begin().has_value());
  const std::string bytes = stream();
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 400);
    RC_ASSERT(teller.piece(bytes.substr(at, size)).has_value());
    at += size;
  }
  RC_ASSERT(teller.end("x-headgate-cost-usd: 0.000014\r\n", "").has_value());
  auto answer = keeper.take();
  RC_ASSERT(answer.has_value());
  answer->extras = whole->extras;  // what events have no word for
  answer->candidates[0].extras = whole->candidates[0].extras;
  RC_ASSERT(*answer == *whole);
  RC_ASSERT(told.now == "Hi — 🙂");
  RC_ASSERT(keeper.cost() == 14'000'000);
}

TEST(AnswerKeeper, one_that_begins_anew_counts_alone) {
  Told told;
  AnswerKeeper keeper(&told);
  Teller teller(keeper);
  ASSERT_TRUE(teller.begin());
  ASSERT_TRUE(teller.piece(chunk(R"({"role":"assistant","content":"Well, "})")));
  EXPECT_EQ(told.now, "Well, ");
  ASSERT_TRUE(teller.begin());
  EXPECT_EQ(told.before, std::vector<std::string>{"Well, "});
  ASSERT_TRUE(teller.end("", stream()));
  EXPECT_EQ(told.now, "Hi — 🙂");
  EXPECT_TRUE(keeper.take());
  EXPECT_FALSE(keeper.cost());
}

TEST(AnswerKeeper, a_whole_one_after_the_beginning_of_a_stream) {
  Told told;
  AnswerKeeper keeper(&told);
  Teller teller(keeper);
  ASSERT_TRUE(teller.begin());
  ASSERT_TRUE(teller.piece(chunk(R"({"role":"assistant","content":"Well, "})")));
  ASSERT_TRUE(teller.whole(200, "application/json", kBody));
  EXPECT_EQ(told.before.size(), 1U);
  EXPECT_EQ(told.now, "");
  EXPECT_TRUE(keeper.take());
}

TEST(AnswerKeeper, what_is_no_answer) {
  {
    AnswerKeeper keeper(nullptr);
    Teller teller(keeper);
    ASSERT_TRUE(teller.whole(429, "application/json", R"({"error":{"message":"slow down"}})"));
    const auto answer = keeper.take();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, base::Errc::upstream_status);
    EXPECT_NE(answer.error().detail.find("429: slow down"), std::string::npos);
  }
  {
    AnswerKeeper keeper(nullptr);
    Teller teller(keeper);
    ASSERT_TRUE(teller.begin());
    ASSERT_TRUE(teller.end("", chunk(R"({"role":"assistant","content":"Well, "})")));
    const auto answer = keeper.take();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, base::Errc::upstream_truncated);
  }
  {
    AnswerKeeper keeper(nullptr);
    Teller teller(keeper);
    ASSERT_TRUE(teller.whole(200, "application/json", "nonsense"));
    EXPECT_FALSE(keeper.take());
  }
}

TEST(AnswerKeeper, one_that_is_too_large) {
  AnswerKeeper keeper(nullptr);
  Teller teller(keeper);
  ASSERT_TRUE(teller.begin());
  base::Result<void> sent;
  const std::string much = chunk(R"({"content":")" + std::string(4 << 20, 'x') + R"("})");
  for (int i = 0; i < 5 && sent; ++i) sent = teller.piece(much);
  EXPECT_FALSE(sent);
  EXPECT_EQ(keeper.take().error().code, base::Errc::upstream_too_large);
}

}  // namespace
}  // namespace headgate::agents
