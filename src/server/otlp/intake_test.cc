#include "server/otlp/intake.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "base/async/loop.h"
#include "server/otlp/clean.h"
#include "storage/temporary_folder.h"
#include "telemetry/otlp/decode_json.h"
#include "telemetry/span_codec.h"

namespace headgate::server {
namespace {

using telemetry::ExchangeRecord;
using telemetry::otlp::DecodedRequest;
using telemetry::otlp::DecodedSpan;

/// Keeps records as bytes until it is told that it is full.
class KeepingSink final : public telemetry::SpanSink {
 public:
  bool record(const ExchangeRecord& record) override {
    if (room_ == 0) return false;
    --room_;
    std::vector<std::byte>& bytes = records_.emplace_back(telemetry::encoded_size(record));
    telemetry::encode(record, bytes.data());
    return true;
  }
  std::size_t room_ = SIZE_MAX;  // records
  std::vector<std::vector<std::byte>> records_;
};

class IntakeTest : public testing::Test {
 protected:
  IntakeTest() {
    auto book = cost::PriceBook::parse(
        "currency: USD\nchecked: 2026-11-23\nmodels:\n  - provider: lab\n    model: m\n    "
        "prices:\n"
        "      - {input: \"1\", output: \"10\"}\n",
        "prices.yaml");
    EXPECT_TRUE(book) << (book ? "" : book.error().detail);
    catalog_.prices = std::make_shared<const cost::PriceBook>(std::move(*book));
    principal_.tenant = "acme";
    ctx_.principal = &principal_;
  }

  base::TraceId new_trace() { return base::TraceId::random(random_); }
  DecodedSpan span(const base::TraceId& trace, const base::SpanId& parent = {}) {
    DecodedSpan out;
    out.trace = trace;
    out.id = base::SpanId::random(random_);
    out.parent = parent;
    out.name = "s";
    out.start_unix_ns = 1'790'000'000'000'000'000 + ++began_ * 1'000'000;
    out.end_unix_ns = out.start_unix_ns + 1'000'000;
    return out;
  }
  DecodedSpan llm(const base::TraceId& trace, const base::SpanId& parent = {}) {
    DecodedSpan out = span(trace, parent);
    out.attributes = {{"gen_ai.operation.name", "chat"},
                      {"gen_ai.provider.name", "lab"},
                      {"gen_ai.request.model", "m"},
                      {"gen_ai.usage.input_tokens", "1000", true},
                      {"gen_ai.usage.output_tokens", "100", true}};
    return out;
  }
  static DecodedRequest request(std::vector<DecodedSpan> spans) {
    DecodedRequest out;
    out.resources.resize(1);
    out.resources[0].attributes = {{"service.name", "agent"}};
    out.scopes.resize(1);
    out.spans = std::move(spans);
    return out;
  }

  struct Outcome {
    std::uint64_t taken;
    std::uint64_t repeated;
    std::uint64_t rejected;
    bool full;
  };
  Outcome take(std::vector<DecodedSpan> spans) {
    const IntakeTools tools{sink_, call_metrics_, redactor_, keys_, *seen_};
    Intake intake(request(std::move(spans)), ctx_, catalog_, tools, rules_);
    while (intake.step()) ++steps_;
    return {intake.taken(), intake.repeated(), intake.rejected(), intake.is_full()};
  }
  /// Every span that was recorded, by id, and how often.
  std::map<base::SpanId, int> recorded() {
    std::map<base::SpanId, int> out;
    for (const auto& bytes : sink_.records_) {
      const auto record = decoder_.decode(bytes);
      for (const auto& each : record->spans) ++out[each.id];
    }
    return out;
  }
  std::map<base::SpanId, std::optional<base::Picodollars>> costs() {
    std::map<base::SpanId, std::optional<base::Picodollars>> out;
    for (const auto& bytes : sink_.records_) {
      const auto record = decoder_.decode(bytes);
      for (const auto& each : record->spans) out[each.id] = each.cost;
    }
    return out;
  }

  /// What whoever adds up the records' heads finds.
  telemetry::Span totals() {
    telemetry::Span out;
    out.cost = 0;
    out.usage = base::Usage{};
    for (const auto& bytes : sink_.records_) {
      const telemetry::Span& head = decoder_.decode(bytes)->spans.front();
      out.cost = *out.cost + head.cost.value_or(0);
      if (head.usage) *out.usage += *head.usage;
    }
    return out;
  }

  /// What calls of `model` keep.
  void add_route(const char* model, telemetry::ContentCapture capture) {
    gateway::Route& route = catalog_.routes.emplace_back();
    route.models = {model};
    route.capture = capture;
  }
  DecodedSpan agent(const base::TraceId& trace, std::string_view said) {
    DecodedSpan out = span(trace);
    out.attributes = {{"gen_ai.operation.name", "invoke_agent"}, {"gen_ai.input.messages", said}};
    return out;
  }
  /// Of which recorded spans `text` is somewhere in the content.
  std::set<base::SpanId> spans_with(std::string_view text) {
    std::set<base::SpanId> out;
    for (const auto& bytes : sink_.records_) {
      const auto record = decoder_.decode(bytes);
      for (const auto& each : record->spans) {
        bool is_there = each.input.find(text) != std::string_view::npos;
        for (const auto& attribute : each.attributes) {
          is_there = is_there || attribute.value.find(text) != std::string_view::npos;
        }
        if (is_there) out.insert(each.id);
      }
    }
    return out;
  }

  storage::TemporaryFolder folder_;
  base::SeededRandom random_{1};
  std::uint64_t began_ = 0;
  int steps_ = 0;
  base::ManualClock clock_;
  base::Loop loop_{clock_};
  base::Cancellation cancellation_;
  base::Context ctx_{loop_, cancellation_};
  base::Principal principal_;
  gateway::Catalog catalog_;
  KeepingSink sink_;
  telemetry::Metrics metrics_;
  telemetry::CallMetrics call_metrics_{metrics_};
  base::Redactor redactor_ = base::Redactor::create().value();
  telemetry::SecretKeys keys_{redactor_};
  std::unique_ptr<Seen> seen_ = Seen::open(folder_.path()).value();
  IntakeRules rules_;
  telemetry::ExchangeDecoder decoder_;
};

constexpr base::Picodollars kCost = 2'000'000'000;  // 1000 × $1 + 100 × $10 a million

TEST_F(IntakeTest, a_full_journal_loses_nothing_and_doubles_nothing) {
  std::vector<DecodedSpan> spans;
  for (int i = 0; i < 100; ++i) spans.push_back(llm(new_trace()));
  sink_.room_ = 30;
  Outcome outcome = take(spans);
  EXPECT_TRUE(outcome.full);
  EXPECT_EQ(outcome.taken, 30u);
  sink_.room_ = SIZE_MAX;
  outcome = take(spans);
  EXPECT_FALSE(outcome.full);
  EXPECT_EQ(outcome.taken, 70u);
  EXPECT_EQ(outcome.repeated, 30u);
  const auto all = recorded();
  EXPECT_EQ(all.size(), 100u);
  for (const auto& [id, count] : all) EXPECT_EQ(count, 1);
  for (const auto& [id, cost] : costs()) EXPECT_EQ(cost, kCost);
  EXPECT_EQ(totals().cost, 100 * kCost);
}

TEST_F(IntakeTest, records_hold_one_trace_with_its_root_in_front) {
  const auto a = new_trace();
  const auto b = new_trace();
  const DecodedSpan root = span(a);
  DecodedSpan child = span(a, root.id);
  child.start_unix_ns = root.start_unix_ns - 5000;  // clocks differ
  take({child, span(b), root});
  ASSERT_EQ(sink_.records_.size(), 2u);
  for (const auto& bytes : sink_.records_) {
    const auto record = decoder_.decode(bytes);
    if (record->trace == a) {
      EXPECT_EQ(record->spans.size(), 2u);
      EXPECT_EQ(record->spans[0].id, root.id);
    }
    EXPECT_EQ(record->tenant, "acme");
    EXPECT_EQ(record->spans[0].attributes.back().key, "resource.service.name");
  }
}

TEST_F(IntakeTest, no_key_is_there_twice) {
  DecodedSpan one = llm(new_trace());
  for (const char* key : {"otel.scope.name", "headgate.cost.source", "resource.service.name",
                          "user.id", "headgate.cut_bytes", "otel.dropped_count"}) {
    one.attributes.push_back({key, "theirs"});
  }
  one.attributes.push_back({"langfuse.user.id", "ada"});
  const std::string large(300'000, 'x');
  one.attributes.push_back({"large", large});
  one.dropped = 1;
  DecodedRequest of = request({one});
  of.scopes[0].name = "scope";
  principal_.user = "ute";
  const IntakeTools tools{sink_, call_metrics_, redactor_, keys_, *seen_};
  Intake intake(std::move(of), ctx_, catalog_, tools, rules_);
  while (intake.step()) {
  }
  ASSERT_EQ(sink_.records_.size(), 1u);
  const auto record = decoder_.decode(sink_.records_[0]);
  std::set<std::string_view> keys;
  for (const auto& each : record->spans[0].attributes) {
    EXPECT_TRUE(keys.insert(each.key).second) << each.key;
  }
  EXPECT_TRUE(keys.contains("sender.otel.scope.name"));
  EXPECT_TRUE(keys.contains("headgate.cut_bytes"));
}

TEST_F(IntakeTest, a_large_trace_is_several_records_and_many_steps) {
  const auto trace = new_trace();
  std::vector<DecodedSpan> spans;
  for (int i = 0; i < 5000; ++i) spans.push_back(span(trace));
  EXPECT_EQ(take(spans).taken, 5000u);
  EXPECT_EQ(recorded().size(), 5000u);
  EXPECT_GT(sink_.records_.size(), 10u);
  EXPECT_GT(steps_, 80);
}

TEST_F(IntakeTest, a_span_that_no_journal_takes_is_rejected_alone) {
  rules_.record_bytes_max = 10'000;
  DecodedSpan large = span(new_trace());
  const std::string value(9'900, 'x');
  large.attributes = {{"input.value", value}};
  const Outcome outcome = take({large, span(new_trace())});
  EXPECT_EQ(outcome.taken, 1u);
  EXPECT_EQ(outcome.rejected, 1u);
}

TEST_F(IntakeTest, what_one_span_may_not_keep_no_record_of_its_trace_keeps) {
  add_route("m", telemetry::ContentCapture::off);
  const std::string said = "marmalade " + std::string(300'000, 'x');
  const auto strict = new_trace();
  const DecodedSpan root = agent(strict, said);
  const DecodedSpan other = agent(new_trace(), said);
  take({root, llm(strict, root.id), other});
  EXPECT_EQ(sink_.records_.size(), 3u) << "the agent's content fills a record";
  EXPECT_EQ(spans_with("marmalade"), std::set<base::SpanId>{other.id});
}

TEST_F(IntakeTest, a_trace_is_judged_with_what_came_of_it_before) {
  add_route("m", telemetry::ContentCapture::hashed);
  const auto strict = new_trace();
  const DecodedSpan root = agent(strict, "marmalade");
  const DecodedSpan late = agent(strict, "marmalade");
  const DecodedSpan other = agent(new_trace(), "marmalade");
  take({llm(strict, root.id)});
  take({root});
  seen_ = nullptr;
  seen_ = Seen::open(folder_.path()).value();  // as a restart has it
  take({late, other});
  EXPECT_EQ(recorded().size(), 4u);
  EXPECT_EQ(spans_with("marmalade"), std::set<base::SpanId>{other.id});
  EXPECT_TRUE(spans_with("sha256:").contains(root.id));
}

TEST_F(IntakeTest, the_model_that_answered_has_a_route_where_none_was_asked_for) {
  add_route("m", telemetry::ContentCapture::off);
  const auto trace = new_trace();
  const DecodedSpan root = agent(trace, "marmalade");
  DecodedSpan call = span(trace, root.id);
  call.attributes = {{"gen_ai.operation.name", "chat"}, {"gen_ai.response.model", "m"}};
  take({root, call});
  EXPECT_EQ(recorded().size(), 2u);
  EXPECT_TRUE(spans_with("marmalade").empty());
}

TEST_F(IntakeTest, the_strictest_that_was_noted_of_a_trace_holds) {
  using telemetry::ContentCapture;
  const auto trace = new_trace();
  EXPECT_EQ(seen_->capture(trace), ContentCapture::full);
  seen_->note_capture(trace, ContentCapture::hashed);
  seen_->note_capture(trace, ContentCapture::redacted);
  EXPECT_EQ(seen_->capture(trace), ContentCapture::hashed);
  EXPECT_EQ(seen_->capture(new_trace()), ContentCapture::full);
}

// A call through the gateway below the last of `chain`.
void note_call(Seen& seen, const base::TraceId& trace, const base::SpanId& parent) {
  telemetry::Span head;
  head.parent = parent;
  seen.note_call({.trace = trace, .spans = {&head, 1}});
}

TEST_F(IntakeTest, siblings_of_a_call_through_the_gateway_are_priced) {
  const auto trace = new_trace();
  const DecodedSpan agent = span(trace);
  const DecodedSpan through = llm(trace, agent.id);
  const DecodedSpan direct = llm(trace, agent.id);
  note_call(*seen_, trace, through.id);
  take({agent, through, direct});
  EXPECT_EQ(costs()[through.id], std::nullopt);
  EXPECT_EQ(costs()[direct.id], kCost);
  EXPECT_EQ(costs()[agent.id], kCost) << "the head has the sum";
  EXPECT_EQ(totals().usage->input, 1000);
}

// OpenInference has no key for the id of an answer; what its programs write down has it.
TEST_F(IntakeTest, an_answer_of_ours_is_known_by_its_own_text) {
  telemetry::Span head;
  head.response_id = "chatcmpl-7";
  seen_->note_call({.trace = new_trace(), .spans = {&head, 1}});
  const auto answered = [&](std::string_view output) {
    DecodedSpan out = llm(new_trace());
    out.attributes.push_back({"output.value", output});
    take({out});
    return costs()[out.id];
  };
  EXPECT_EQ(answered(R"({"generations":[{"message":{"id":["a"],"kwargs":{"id":"chatcmpl-7"}}}]})"),
            std::nullopt);
  EXPECT_EQ(answered(R"([{"id" : "other"}, {"id" : "chatcmpl-7"}])"), std::nullopt);
  for (const char* const other :
       {R"({"id":"chatcmpl-8"})", R"({"name":"chatcmpl-7"})", R"({"id":"chatcmpl-7)", R"({"id")"}) {
    EXPECT_EQ(answered(other), kCost) << other;
  }
}

TEST_F(IntakeTest, parents_in_a_circle_end) {
  const auto trace = new_trace();
  DecodedSpan a = llm(trace);
  DecodedSpan b = llm(trace, a.id);
  a.parent = b.id;
  EXPECT_EQ(take({a, b}).taken, 2u);
}

// Chains of model calls, in any cut into batches with children first: the deepest is counted, and
// nothing else; nothing is, where the gateway has seen the call.
RC_GTEST_FIXTURE_PROP(IntakeTest, every_chain_is_counted_once, ()) {
  const auto trace = new_trace();
  std::vector<DecodedSpan> chain{llm(trace)};
  const int depth = *rc::gen::inRange(0, 6);
  for (int i = 0; i < depth; ++i) {
    chain.push_back(*rc::gen::arbitrary<bool>() ? llm(trace, chain.back().id)
                                                : span(trace, chain.back().id));
  }
  // Calls side by side at its end.
  const auto calls = *rc::gen::inRange<std::int64_t>(1, 4);
  const base::SpanId last = chain.back().id;
  for (int i = 0; i < calls; ++i) chain.push_back(llm(trace, last));
  const bool through_gateway = *rc::gen::arbitrary<bool>();
  if (through_gateway)
    for (int i = 0; i < calls; ++i) note_call(*seen_, trace, chain.rbegin()[i].id);
  std::vector<DecodedSpan> batch;
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    batch.insert(batch.begin(), *at);
    if (*rc::gen::arbitrary<bool>()) take(std::exchange(batch, {}));
  }
  take(batch);
  RC_ASSERT(recorded().size() == chain.size());
  RC_ASSERT(totals().cost == (through_gateway ? 0 : kCost) * calls);
  RC_ASSERT(totals().usage->input == (through_gateway ? 0 : 1000) * calls);
}

TEST(Fingerprints, remembers_over_a_restart_and_forgets_no_more_than_it_must) {
  const storage::TemporaryFolder folder;
  base::SeededRandom random(3);
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 50'000; ++i) all.push_back(random.next());
  {
    const auto table = Fingerprints::open(folder.file("f")).value();
    for (const std::uint64_t each : all) table->add(each);
  }
  const auto table = Fingerprints::open(folder.file("f")).value();
  int known = 0;
  for (const std::uint64_t each : all) known += table->contains(each) ? 1 : 0;
  EXPECT_GT(known, 49'500);
  EXPECT_FALSE(table->contains(0));
  int false_alarms = 0;
  for (int i = 0; i < 50'000; ++i) false_alarms += table->contains(random.next()) ? 1 : 0;
  EXPECT_EQ(false_alarms, 0);
}

// One secret in a span that holds nothing else: the look at everything together must see it.
TEST(Cleaner, finds_a_secret_wherever_it_stands) {
  constexpr std::string_view kSecret = "ghp_R4nd0mL00k1ngT0k3nF0rT3st1ngPurp053s";
  base::Redactor redactor = base::Redactor::create().value();
  telemetry::SecretKeys keys(redactor);
  const std::string said = "x " + std::string(kSecret);
  const std::string list = "[\"" + said + "\"]";
  const auto expect_clean = [&](telemetry::Span span,
                                std::vector<telemetry::Attribute> attributes) {
    Cleaner cleaner(redactor, keys, telemetry::ContentCapture::redacted, 1000);
    cleaner.clean(span, attributes);
    std::string kept;
    for (const auto field :
         {&telemetry::Span::name, &telemetry::Span::error_message, &telemetry::Span::provider,
          &telemetry::Span::model_requested, &telemetry::Span::model_served,
          &telemetry::Span::response_id, &telemetry::Span::finish_reason, &telemetry::Span::input,
          &telemetry::Span::output}) {
      kept += span.*field;
    }
    for (const auto& attribute : attributes) kept += attribute.value;
    EXPECT_EQ(kept.find(kSecret), std::string::npos) << kept;
    EXPECT_NE(kept.find("[redacted:"), std::string::npos) << kept;
  };
  for (const auto field :
       {&telemetry::Span::name, &telemetry::Span::error_message, &telemetry::Span::provider,
        &telemetry::Span::model_requested, &telemetry::Span::model_served,
        &telemetry::Span::response_id, &telemetry::Span::finish_reason, &telemetry::Span::input,
        &telemetry::Span::output}) {
    telemetry::Span span;
    span.*field = said;
    expect_clean(span, {});
  }
  expect_clean({}, {{"plain", said}});
  expect_clean({}, {{"list", list, true}});
  expect_clean({}, {{"input.value", said}});
  expect_clean({}, {{"db.password", "short"}});
}

}  // namespace
}  // namespace headgate::server
