// What of a stored call is a reason to keep it.
#include "storage/sampling/swept_day.h"

#include <gtest/gtest.h>

#include <functional>

#include "storage/sampling/sweeper_fixture.h"

namespace headgate::storage {
namespace {

using SweptDayTest = SweeperFixture;

struct Flagged {
  const char* what;
  std::function<void(std::array<telemetry::Span, 2>&, std::array<telemetry::Attribute, 1>&)> make;
  bool kept;
};

using Spans = std::array<telemetry::Span, 2>;
using Attributes = std::array<telemetry::Attribute, 1>;

const std::vector<Flagged>& cases() {
  static const std::vector<Flagged> all{
      {"unpriced", [](Spans& s, Attributes&) { s[0].unpriced = true; }, true},
      {"degraded",
       [](Spans& s, Attributes& a) {
         a[0] = {"degraded", "cached"};
         s[0].attributes = a;
       },
       true},
      {"chaos",
       [](Spans& s, Attributes& a) {
         a[0] = {"chaos", "c-1"};
         s[1].attributes = a;
       },
       true},
      {"guardrail",
       [](Spans& s, Attributes& a) {
         a[0] = {"guardrail.pii", "redacted"};
         s[1].attributes = a;
       },
       true},
      {"said, not so",
       [](Spans& s, Attributes& a) {
         a[0] = {"x", "{\"chaos\":1},\"degraded\":"};
         s[1].attributes = a;
       },
       false},
      {"a broken answer",
       [](Spans& s, Attributes&) {
         s[1].error = base::Errc::upstream_truncated;
         s[1].http_status = 200;
       },
       true},
      {"an attempt repeated",
       [](Spans& s, Attributes&) {
         s[1].error = base::Errc::rate_limited;
         s[1].http_status = 429;
       },
       false},
      {"a hedge cut off",
       [](Spans& s, Attributes&) {
         s[1].error = base::Errc::cancelled;
         s[1].http_status = 200;
       },
       false},
      {"a tool that failed",
       [](Spans& s, Attributes&) {
         s[1].kind = telemetry::SpanKind::tool;
         s[1].error = base::Errc::overloaded;
       },
       true},
  };
  return all;
}

TEST_F(SweptDayTest, what_went_wrong_without_failing_is_kept) {
  SweptWriter writer(folder_, day_);
  TraceSweeper sweeper(options(0), clock_);
  sweep(sweeper);
  for (std::size_t i = 0; i < cases().size(); ++i) {
    NumberedCall call(i + 1);
    Spans spans;
    std::copy(call.record().spans.begin(), call.record().spans.end(), spans.begin());
    Attributes attributes;
    cases()[i].make(spans, attributes);
    call.record().spans = spans;
    writer.store(call.record());
  }
  end_all(sweeper);
  const auto left = stored();
  for (std::size_t i = 0; i < cases().size(); ++i) {
    EXPECT_EQ(left.contains(i + 1), cases()[i].kept) << cases()[i].what;
  }
}

}  // namespace
}  // namespace headgate::storage
