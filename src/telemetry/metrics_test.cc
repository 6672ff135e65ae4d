#include "telemetry/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace headgate::telemetry {
namespace {

constexpr base::MonoTime kBegin{base::seconds(1'000'000)};

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(LabelGuard, the_first_values_stay_and_later_ones_become_other) {
  LabelGuard guard(2);
  EXPECT_EQ(guard.admit("a"), "a");
  EXPECT_EQ(guard.admit("b"), "b");
  EXPECT_EQ(guard.admit("c"), kOtherLabel);
  EXPECT_EQ(guard.admit("a"), "a");
  EXPECT_EQ(guard.admit(std::string(201, 'x')), kOtherLabel);
  EXPECT_EQ(guard.refused_total(), 2U);
}

TEST(RateWindow, says_nothing_where_nothing_was) {
  RateWindow window;
  EXPECT_FALSE(window.ratio(kBegin));
  window.add(kBegin, 1, 4);
  EXPECT_EQ(window.ratio(kBegin), 0.25);
  EXPECT_EQ(window.ratio(kBegin + base::seconds(280)), 0.25);
  EXPECT_FALSE(window.ratio(kBegin + base::seconds(300)));
}

// Against a list of everything that was added.
RC_GTEST_PROP(RateWindow, is_the_share_of_what_was_added_within_the_window, ()) {
  RateWindow window;
  base::MonoTime now = kBegin;
  std::vector<std::pair<base::MonoTime, bool>> all;
  for (const auto& step : *rc::gen::container<std::vector<std::pair<int, bool>>>(
           rc::gen::pair(rc::gen::inRange(0, 40), rc::gen::arbitrary<bool>()))) {
    now += base::seconds(step.first);
    window.add(now, step.second ? 1 : 0, 1);
    all.emplace_back(now, step.second);
  }
  const auto bucket = [](base::MonoTime at) { return at.time_since_epoch() / RateWindow::kBucket; };
  int part = 0;
  int whole = 0;
  for (const auto& [at, good] : all) {
    if (bucket(now) - bucket(at) >= 30) continue;
    part += good ? 1 : 0;
    ++whole;
  }
  const auto share = window.ratio(now);
  RC_ASSERT(share.has_value() == (whole > 0));
  if (share) RC_ASSERT(*share == static_cast<double>(part) / whole);
}

CallSample call(std::string_view workflow, std::int64_t duration_us) {
  CallSample out;
  out.model = "m";
  out.provider = "p";
  out.provider_kind = "openai";
  out.http_status = 200;
  out.duration_us = duration_us;
  out.workflow = workflow;
  out.route = "r";
  out.attempts = 2;
  out.at = kBegin;
  out.unix_us = 1'800'000'000'500'000;
  out.cost = 2'000'000'000;
  out.usage = base::Usage{.input = 100, .output = 11};
  return out;
}

TEST(Metrics, the_six_have_their_names) {
  Metrics metrics;
  CallMetrics loop(metrics);
  loop.observe(call("triage", 250'000));
  CallSample failed = call("triage", 250'000);
  failed.error = base::Errc::overloaded;
  failed.http_status = 503;
  loop.observe(failed);
  ToolSample tool{"get_order", "triage", true, 1'000, kBegin};
  loop.observe(tool);
  const std::string text = metrics.text(kBegin);
  EXPECT_TRUE(has_line(text, R"(agent_success_rate{workflow="triage"} 0.5)")) << text;
  EXPECT_TRUE(has_line(text, R"(agent_latency_count{workflow="triage"} 2)"));
  EXPECT_TRUE(has_line(text, R"(tool_error_rate{tool="get_order"} 1)"));
  EXPECT_TRUE(has_line(text, R"(llm_token_usage_sum{model="m",type="input"} 200)"));
  EXPECT_TRUE(has_line(text, R"(cost_per_request_sum{model="m"} 0.004)"));
  EXPECT_TRUE(has_line(text, R"(retry_rate{route="r"} 1)"));
  const std::string later = metrics.text(kBegin + base::seconds(600));
  EXPECT_EQ(later.find("agent_success_rate"), std::string::npos) << "no evidence is no news";
}

TEST(Metrics, a_caller_who_left_says_nothing_about_success) {
  Metrics metrics;
  CallMetrics loop(metrics);
  CallSample left = call("w", 1);
  left.error = base::Errc::cancelled;
  loop.observe(left);
  EXPECT_EQ(metrics.text(kBegin).find("agent_success_rate{"), std::string::npos);
}

TEST(Metrics, names_of_callers_do_not_grow_without_bound) {
  Metrics metrics(3);
  CallMetrics loop(metrics);
  for (int i = 0; i < 50; ++i) {
    const std::string name = "w" + std::to_string(i);
    loop.observe(call(name, 1));
  }
  const std::string text = metrics.text(kBegin);
  EXPECT_TRUE(has_line(text, R"(agent_latency_count{workflow="other"} 47)")) << text;
  EXPECT_TRUE(has_line(text, "headgate_metric_labels_limited_total 47"));
}

TEST(Metrics, genai_names_count_calls_and_attempts) {
  Metrics metrics;
  CallMetrics loop(metrics);
  CallSample streamed = call("", 1'100'000);
  streamed.ttft_us = 100'000;
  loop.observe(streamed);
  AttemptSample attempt{"m", "p", "overloaded"};
  attempt.provider_kind = "openai";
  attempt.upstream_model = "up";
  attempt.duration_us = 20'000;
  loop.observe(attempt);
  const std::string text = metrics.text(kBegin);
  const std::string call_labels =
      R"({gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="m"})";
  EXPECT_TRUE(has_line(text, "gen_ai_server_request_duration_seconds_count" + call_labels + " 1"))
      << text;
  EXPECT_TRUE(
      has_line(text, "gen_ai_server_time_per_output_token_seconds_sum" + call_labels + " 0.1"));
  EXPECT_NE(text.find("gen_ai_client_operation_duration_seconds_count{error_type=\"overloaded\""),
            std::string::npos);
}

TEST(Metrics, openmetrics_has_the_trace_of_the_last_call_of_a_bucket) {
  Metrics metrics;
  metrics.on_scrape_total("things_total", "Things.", {{"odd", "a\"b\\c\nd"}}, [] { return 7.0; });
  CallMetrics loop(metrics);
  CallSample sample = call("w", 30'000);
  base::RealRandom random;
  sample.trace = base::TraceId::random(random);
  loop.observe(sample);
  const std::string text = metrics.text(kBegin, TextFormat::openmetrics);
  EXPECT_TRUE(text.ends_with("# EOF\n"));
  EXPECT_TRUE(has_line(text, "# TYPE things counter")) << text;
  EXPECT_TRUE(has_line(text, R"(things_total{odd="a\"b\\c\nd"} 7)"));
  EXPECT_TRUE(has_line(text, R"(agent_latency_bucket{workflow="w",le="0.04"} 1 # {trace_id=")" +
                                 sample.trace.hex() + R"("} 0.03 1800000000.500)"))
      << text;
  EXPECT_TRUE(has_line(text, R"(agent_latency_bucket{workflow="w",le="+Inf"} 1)"));
}

TEST(Metrics, http_requests_by_method_route_and_status) {
  Metrics metrics;
  CallMetrics loop(metrics);
  loop.observe(HttpSample{"POST", "/v1/chat/completions", 200, 5'000});
  loop.observe(HttpSample{"GET", "unknown", 0, 5'000});
  const std::string text = metrics.text(kBegin);
  EXPECT_TRUE(has_line(text,
                       R"(http_server_request_duration_seconds_count{http_request_method="POST",)"
                       R"(http_response_status_code="200",http_route="/v1/chat/completions"} 1)"))
      << text;
}

}  // namespace
}  // namespace headgate::telemetry
