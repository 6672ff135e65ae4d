// The pipeline against a scripted provider on loopback: what reaches the provider, what the caller
// gets, what is recorded. (The lab and the real clients do the same from outside, in tests/e2e.)
#include "gateway/pipeline.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_group.h"
#include "base/text/strings.h"
#include "gateway/delivery/health.h"
#include "http/server/server.h"

namespace headgate::gateway {
namespace {

using base::Errc;
using base::Task;

const std::string kStreamHead =
    R"(data: {"id":"c1","model":"m-1","choices":[{"index":0,"delta":{"role":"assistant"},)"
    R"("finish_reason":null}],"usage":null})"
    "\n\n"
    R"(data: {"id":"c1","model":"m-1","choices":[{"index":0,"delta":{"content":"Hi"},)"
    R"("finish_reason":null}],"usage":null})"
    "\n\n";
const std::string kStreamEnd =
    R"(data: {"id":"c1","model":"m-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],)"
    R"("usage":null})"
    "\n\n"
    R"(data: {"id":"c1","model":"m-1","choices":[],"usage":{"prompt_tokens":10,)"
    R"("completion_tokens":2,"total_tokens":12}})"
    "\n\ndata: [DONE]\n\n";
const std::string kWhole =
    R"({"id":"c1","model":"m-1","choices":[{"index":0,"message":{"role":"assistant",)"
    R"("content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,)"
    R"("completion_tokens":2,"total_tokens":12}})";

std::string without_null_usage(std::string text) {
  const std::string member = ",\"usage\":null";
  for (auto at = text.find(member); at != std::string::npos; at = text.find(member)) {
    text.erase(at, member.size());
  }
  return text;
}

class CapturingSink : public AnswerSink {
 public:
  Task<void> whole(const http::ReplyHead& head, std::string_view body) override {
    status = head.status();
    headers = head.bytes();
    bytes = body;
    ended = true;
    co_return base::Result<void>{};
  }
  Task<void> begin(const http::ReplyHead& head) override {
    status = head.status();
    headers = head.bytes();
    co_return base::Result<void>{};
  }
  Task<void> piece(std::string_view more) override {
    bytes += more;
    co_return base::Result<void>{};
  }
  Task<void> end(std::string_view, std::string_view last) override {
    bytes += last;
    ended = true;
    co_return base::Result<void>{};
  }
  bool can_begin_anew() const override { return anew; }
  int status = 0;
  std::string headers;
  std::string bytes;
  bool ended = false;
  bool anew = false;
};

// Keeps what a record points at.
class CapturingSpans : public telemetry::SpanSink {
 public:
  bool record(const telemetry::ExchangeRecord& record) override {
    ++records;
    const auto& head = record.spans.front();
    spans = record.spans.size();
    input = head.input;
    output = head.output;
    error = head.error;
    cost = head.cost;
    unpriced = head.unpriced;
    usage = head.usage;
    attributes.clear();
    for (const auto& attribute : record.spans.back().attributes) {
      attributes[std::string(attribute.key)] = attribute.value;
    }
    http_status = head.http_status;
    ttft = head.ttft_us.has_value();
    return true;
  }
  int records = 0;
  std::size_t spans = 0;
  std::string input;
  std::string output;
  std::optional<Errc> error;
  std::optional<base::Picodollars> cost;
  bool unpriced = false;
  std::optional<base::Usage> usage;
  std::map<std::string, std::string> attributes;  // of the last attempt
  int http_status = 0;
  bool ttft = false;
};

class PipelineTest : public testing::Test {
 protected:
  using Script = std::function<base::Async<void>(http::Exchange&)>;

  PipelineTest() {
    http::Handler handler = [this](http::Exchange& exchange) { return script_(exchange); };
    http::ErrorBody error_body = [](const base::Error& error) { return error.detail; };
    provider_ = std::make_unique<http::Server>(std::vector<base::Loop*>{&loop_},
                                               http::ServerLimits{}, handler, error_body, log_);
    const auto bound = provider_->listen(http::ListenOptions{});
    EXPECT_TRUE(bound);
    auto provider = std::make_shared<Provider>();
    provider->name = "p";
    provider->client.url = {
        false,
        "127.0.0.1",
        static_cast<std::uint16_t>(*base::parse_u64(bound->substr(bound->rfind(':') + 1))),
        "/v1",
        {}};
    provider->headers = "authorization: Bearer provider-key\r\n";
    catalog_.models["public"] = {"public", provider, "m-1", "m-1"};
    catalog_.models["same"] = {"same", provider, "same", "same"};
    auto prices = cost::PriceBook::parse(
        "currency: USD\nmodels:\n  - provider: p\n    model: m-1\n    prices:\n"
        "      - {from: 2020-01-01, input: \"1\", output: \"2\"}\n",
        "prices.yaml");
    EXPECT_TRUE(prices) << (prices ? "" : prices.error().detail);
    if (prices) catalog_.prices = std::make_shared<cost::PriceBook>(std::move(*prices));
    reply_whole(kWhole);
  }

  void reply_whole(const std::string& body, int status = 200, std::string extra = {}) {
    script_ = [this, body, status, extra](http::Exchange& exchange) {
      return answer(exchange, body, status, extra);
    };
  }
  base::Async<void> answer(http::Exchange& exchange, std::string body, int status,
                           std::string extra) {
    auto sent = co_await exchange.read_body(1 << 20);
    received_ = sent ? std::string(*sent) : "?";
    received_authorization_ = exchange.request().headers.get("authorization");
    http::ReplyHead head(status);
    head.add("content-type", "application/json");
    if (!extra.empty()) head.add("retry-after", extra);
    auto done = co_await exchange.reply(head, body);
  }

  // Streams `bytes` in pieces of `step`; then ends in order, or by closing the connection.
  void reply_stream(const std::string& bytes, std::size_t step, bool orderly = true) {
    script_ = [this, bytes, step, orderly](http::Exchange& exchange) {
      return stream(exchange, bytes, step, orderly);
    };
  }
  base::Async<void> stream(http::Exchange& exchange, std::string bytes, std::size_t step,
                           bool orderly) {
    auto sent = co_await exchange.read_body(1 << 20);
    received_ = sent ? std::string(*sent) : "?";
    http::ReplyHead head(200);
    head.add("content-type", "text/event-stream");
    auto started = co_await exchange.start(head);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      const std::string piece = bytes.substr(at, step);
      auto written = co_await exchange.write(piece);
    }
    if (pause_ > base::Duration::zero()) {  // let what was sent reach the caller first
      const auto until = loop_.now() + pause_;
      co_await base::sleep_until(loop_, until);
    }
    if (!orderly) {
      exchange.abort(false);
      co_return;
    }
    auto done = co_await exchange.finish();
  }

  // Reads, and answers nothing for `pause_`.
  void hang() {
    script_ = [this](http::Exchange& exchange) { return hang(exchange); };
  }
  base::Async<void> hang(http::Exchange& exchange) {
    is_hanging_ = true;
    auto sent = co_await exchange.read_body(1 << 20);
    received_ = sent ? std::string(*sent) : "?";
    const auto until = loop_.now() + pause_;
    co_await base::sleep_until(loop_, until);
    is_hanging_ = false;
  }

  // The same, after the head of a stream.
  base::Async<void> begin_and_hang(http::Exchange& exchange) {
    is_hanging_ = true;
    auto sent = co_await exchange.read_body(1 << 20);
    http::ReplyHead head(200);
    head.add("content-type", "text/event-stream");
    auto started = co_await exchange.start(head);
    const auto until = loop_.now() + pause_;
    co_await base::sleep_until(loop_, until);
    is_hanging_ = false;
    auto done = co_await exchange.finish();
  }

  // A breaker for "public" that one slow call opens, and a route of its own.
  std::shared_ptr<TargetHealth> make_hasty() {
    BreakerConfig rules;
    rules.samples_min = 1;
    rules.slow_percent = 1;
    auto health = std::make_shared<TargetHealth>("p", "public", rules);
    catalog_.models["public"].health = health;
    Route route;
    route.models = {"*"};
    route.first_token_ms = 60'000;
    catalog_.routes = {route};
    return health;
  }

  base::Async<void> call(Pipeline& pipeline, std::string body, base::Result<void>& result) {
    base::Cancellation cancellation;
    base::Context ctx{loop_, cancellation};
    ctx.principal = &principal_;
    ctx.trace.trace = base::TraceId::random(loop_.random());
    ctx.trace.span = base::SpanId::random(loop_.random());
    ctx.request_id = "req_1";
    if (patience_) ctx.deadline = loop_.now() + *patience_;
    const http::Headers headers;
    const llm::chat::Source source;
    const Ask ask{llm::chat::Dialect::openai_chat, Operation::chat, source, headers, body};
    result = co_await pipeline.run(ctx, ask, sink_);
  }

  base::Result<void> run(const std::string& body) {
    sink_ = CapturingSink();
    sink_.anew = anew_;
    auto redactor = base::Redactor::create();
    telemetry::Metrics metrics;
    telemetry::CallMetrics call_metrics(metrics);
    const base::SnapshotCell<Catalog> cell(std::make_shared<const Catalog>(catalog_));
    SignatureVault vault;
    Pipeline pipeline(loop_, cell, CallTools{spans_, call_metrics, *redactor, vault, caches_});
    base::Result<void> result = base::fail(Errc::internal, "did not end");
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(call(pipeline, body, result));
    while (tasks.running() > 0 || is_hanging_) {
      loop_.io().run_one_for(std::chrono::milliseconds(20));
      loop_.wheel().advance(loop_.now());
    }
    return result;
  }

  static std::string request(const std::string& model, bool stream, const std::string& more = {}) {
    return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"hello"}])" +
           (stream ? R"(,"stream":true)" : "") + more + "}";
  }

  base::RealClock clock_;
  base::Log log_{base::LogLevel::off, base::LogFormat::text};
  base::Loop loop_{clock_};
  std::unique_ptr<http::Server> provider_;
  Catalog catalog_;
  base::Principal principal_;
  Script script_;
  base::Duration pause_ = base::Duration::zero();
  bool is_hanging_ = false;
  std::optional<base::Duration> patience_;  // of the caller
  std::string received_;
  std::string received_authorization_;
  PromptCacheWatch caches_{0};
  CapturingSink sink_;
  bool anew_ = false;  // what it got can be taken back
  CapturingSpans spans_;
};

TEST_F(PipelineTest, AWholeAnswerIsPassedPricedAndRecorded) {
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(sink_.status, 200);
  EXPECT_EQ(sink_.bytes, kWhole);
  EXPECT_EQ(received_, request("m-1", false));
  EXPECT_EQ(received_authorization_, "Bearer provider-key");
  EXPECT_NE(sink_.headers.find("x-headgate-cost-usd: 0.000014"), std::string::npos);
  EXPECT_EQ(spans_.records, 1);
  EXPECT_EQ(spans_.spans, 2u);
  EXPECT_EQ(spans_.cost, 14'000'000);  // 10 · $1 + 2 · $2 a million
  EXPECT_EQ(spans_.output, "Hi");
  EXPECT_EQ(spans_.input, R"([{"role":"user","content":"hello"}])");
}

TEST_F(PipelineTest, AnUnknownPriceIsUnpricedNotFree) {
  ASSERT_TRUE(run(request("same", false)));
  EXPECT_NE(sink_.headers.find("x-headgate-cost-usd: unpriced"), std::string::npos);
  EXPECT_FALSE(spans_.cost);
  EXPECT_TRUE(spans_.unpriced);
}

TEST_F(PipelineTest, AStreamIsTheSameInEveryCut) {
  const std::string asked = R"(,"stream_options":{"include_usage":true})";
  for (const std::size_t step : {1, 2, 3, 7, 64, 100'000}) {
    reply_stream(kStreamHead + kStreamEnd, step);
    ASSERT_TRUE(run(request("public", true)));
    const auto usage_chunk = kStreamEnd.find(R"(data: {"id":"c1","model":"m-1","choices":[],)");
    EXPECT_EQ(sink_.bytes, without_null_usage(kStreamHead + kStreamEnd.substr(0, usage_chunk)) +
                               "data: [DONE]\n\n");
    EXPECT_NE(received_.find(R"("include_usage":true)"), std::string::npos);
    EXPECT_EQ(spans_.cost, 14'000'000);
    EXPECT_TRUE(spans_.ttft);

    ASSERT_TRUE(run(request("public", true, asked)));
    EXPECT_EQ(sink_.bytes, kStreamHead + kStreamEnd) << "asked for: every byte";
  }
}

TEST_F(PipelineTest, ATruncatedStreamIsNeverASuccess) {
  pause_ = base::milliseconds(50);
  for (const bool orderly : {true, false}) {
    reply_stream(kStreamHead, 100'000, orderly);
    ASSERT_TRUE(run(request("public", true)));
    EXPECT_TRUE(sink_.ended);
    EXPECT_NE(sink_.bytes.find("\"error\""), std::string::npos);
    EXPECT_EQ(sink_.bytes.find("[DONE]"), std::string::npos);
    EXPECT_TRUE(spans_.error == Errc::upstream_truncated);
    EXPECT_TRUE(spans_.unpriced);
    EXPECT_EQ(spans_.output, "Hi");
  }
}

TEST_F(PipelineTest, ATruncatedStreamThatCanBeTakenBackIsAnOrdinaryError) {
  pause_ = base::milliseconds(50);
  anew_ = true;
  reply_stream(kStreamHead, 100'000);
  const auto result = run(request("public", true));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::upstream_truncated);
  EXPECT_EQ(sink_.status, 200) << "it had begun";
  EXPECT_FALSE(sink_.ended);
  EXPECT_EQ(sink_.bytes.find("\"error\""), std::string::npos);
  EXPECT_EQ(spans_.http_status, 502);
}

TEST_F(PipelineTest, WhatFailsBeforeTheFirstBlockIsAnOrdinaryError) {
  reply_stream("", 1);
  const auto result = run(request("public", true));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::upstream_truncated);
  EXPECT_EQ(sink_.status, 0) << "nothing was sent";
  EXPECT_EQ(spans_.http_status, 502);
}

TEST_F(PipelineTest, RefusalsPassCredentialTroubleDoesNot) {
  const std::string slow_down = R"({"error":{"message":"slow down","type":"t","code":"c"}})";
  reply_whole(slow_down, 429, "7");
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(sink_.status, 429);
  EXPECT_EQ(sink_.bytes, slow_down);
  EXPECT_NE(sink_.headers.find("retry-after: 7"), std::string::npos);
  EXPECT_FALSE(spans_.unpriced) << "a refusal costs nothing";

  reply_whole(R"({"error":{"message":"bad key sk-...abc"}})", 401);
  const auto result = run(request("public", false));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::upstream_auth);
  EXPECT_EQ(result.error().detail.find("abc"), std::string::npos);

  reply_whole(R"({"error":{"message":"API key not valid: abc"}})", 400);
  const auto expired = run(request("public", false));
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, Errc::upstream_auth);
  EXPECT_EQ(expired.error().detail.find("abc"), std::string::npos);

  const std::string no_file = R"({"error":{"message":"no permission to read file-7"}})";
  reply_whole(no_file, 403);
  ASSERT_TRUE(run(request("public", false))) << "of the file, not of our key";
  EXPECT_EQ(sink_.status, 403);
  EXPECT_EQ(sink_.bytes, no_file);

  reply_whole("<html>bad gateway</html>", 502);
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(sink_.status, 502);
  EXPECT_EQ(sink_.bytes.find("{\"error\""), 0u);
}

TEST_F(PipelineTest, NotJsonOrAnErrorIn200IsAnError) {
  reply_whole("not json");
  EXPECT_EQ(run(request("public", false)).error().code, Errc::upstream_malformed);
  reply_whole(R"({"error":{"message":"overloaded"}})");
  EXPECT_EQ(run(request("public", false)).error().code, Errc::upstream_status);
}

TEST_F(PipelineTest, WhoeverIsInAHurryHoldsItAgainstNobody) {
  const auto health = make_hasty();
  pause_ = base::milliseconds(300);
  patience_ = base::milliseconds(100);
  hang();
  for (const bool streamed : {false, true}) {
    const auto result = run(request("public", streamed));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::timeout_total);
    EXPECT_TRUE(spans_.unpriced) << "it was sent, and may be charged for";
    EXPECT_EQ(spans_.attributes["failure"], "deadline");
    EXPECT_EQ(health->state(loop_.now()).breaker, resilience::BreakerState::closed);
  }
  // The same silence, for longer than the operator allows.
  patience_.reset();
  catalog_.routes.front().request_ms = 100;
  ASSERT_FALSE(run(request("public", false)));
  EXPECT_EQ(spans_.attributes["failure"], "timeout_total");
  EXPECT_EQ(health->state(loop_.now()).breaker, resilience::BreakerState::open);
}

TEST_F(PipelineTest, AStreamThatIsCutOffByItsCallersDeadlineIsNotSlow) {
  const auto health = make_hasty();
  patience_ = base::milliseconds(100);
  pause_ = base::milliseconds(300);
  script_ = [this](http::Exchange& exchange) { return begin_and_hang(exchange); };
  const auto result = run(request("public", true));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::timeout_total);
  EXPECT_EQ(spans_.attributes["failure"], "deadline");
  EXPECT_EQ(health->state(loop_.now()).breaker, resilience::BreakerState::closed);
}

TEST_F(PipelineTest, WithoutTimeNothingIsSent) {
  patience_ = base::Duration::zero();
  const auto result = run(request("public", false));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::timeout_total);
  EXPECT_EQ(received_, "");
  EXPECT_EQ(spans_.spans, 1u) << "no attempt was made";
}

TEST_F(PipelineTest, ModelsThatDoNotExistAndThoseOfOthersLookAlike) {
  const auto unknown = run(request("nope", false));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::model_not_found);
  EXPECT_EQ(spans_.records, 1) << "refused calls are recorded too";
  principal_.models = {"same"};
  const auto forbidden = run(request("public", false));
  ASSERT_FALSE(forbidden);
  EXPECT_EQ(forbidden.error().code, Errc::model_not_found);
  EXPECT_TRUE(run(request("same", false)));
}

TEST_F(PipelineTest, AttemptsTellWhatTheCacheShouldHaveGiven) {
  const auto answer = [](const std::string& cached) {
    return R"({"id":"c1","model":"m-1","choices":[{"index":0,"message":{"role":"assistant",)"
           R"("content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5000,)"
           R"("completion_tokens":2,"prompt_tokens_details":{"cached_tokens":)" +
           cached + "}}}";
  };
  using Attributes = std::map<std::string, std::string>;
  reply_whole(answer("2048"));
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(spans_.attributes, Attributes());
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(spans_.attributes, (Attributes{{"cache_expected", "2048"}}));
  reply_whole(answer("0"));
  ASSERT_TRUE(run(request("public", false)));
  EXPECT_EQ(spans_.attributes,
            (Attributes{{"cache_expected", "2048"}, {"cache_miss", "not_cached"}}));
}

TEST_F(PipelineTest, RoutesDecideWhatIsKept) {
  using telemetry::ContentCapture;
  Route route;
  route.models = {"*"};
  const std::string secret = std::string("sk-") + "Zk3vQ9xT1mB7rW5yL2pN8dH4sJ6gF0cAeUiOqXbY";
  const std::string body =
      R"({"model":"same","messages":[{"role":"user","content":")" + secret + R"("}]})";
  for (const auto capture : {ContentCapture::full, ContentCapture::redacted, ContentCapture::hashed,
                             ContentCapture::off}) {
    route.capture = capture;
    catalog_.routes = {route};
    ASSERT_TRUE(run(body));
    const bool has_secret = spans_.input.find(secret) != std::string::npos;
    EXPECT_EQ(has_secret, capture == ContentCapture::full);
    EXPECT_EQ(spans_.input.empty(), capture == ContentCapture::off);
    EXPECT_EQ(spans_.input.starts_with("sha256:"), capture == ContentCapture::hashed);
  }
  catalog_.content_bytes_max = 10;
  route.capture = ContentCapture::full;
  catalog_.routes = {route};
  ASSERT_TRUE(run(body));
  EXPECT_EQ(spans_.input.size(), 10u);
}

}  // namespace
}  // namespace headgate::gateway
