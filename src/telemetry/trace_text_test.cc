#include "telemetry/trace_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <vector>

#include "telemetry/trace_tree.h"

namespace headgate::telemetry {
namespace {

base::SpanId span_id(std::uint8_t last) { return {{0, 0, 0, 0, 0, 0, 0, last}}; }

// A request that went to a second provider after the first had failed.
class Fallback {
 public:
  Fallback() {
    record_.trace.bytes.fill(0xab);
    record_.user = "u-7";
    record_.spans = spans_;
    Span& request = spans_[0];
    request.id = span_id(1);
    request.name = "chat fast";
    request.start_unix_us = 1'800'000'000'000'000;
    request.duration_us = 1'250'000;
    request.http_status = 200;
    request.model_requested = "fast";
    request.model_served = "mini-2026";
    request.usage = base::Usage{812, 512, 0, 96, 0};
    request.cost = 179'400'000;
    request.ttft_us = 201'000;
    request.input = "Where is my order?";
    request.output = "On its way.";
    Span& first = spans_[1];
    first.kind = SpanKind::attempt;
    first.id = span_id(2);
    first.parent = span_id(1);
    first.attempt = 1;
    first.provider = "alpha";
    first.model_requested = "mini";
    first.error = base::Errc::upstream_status;
    first.error_message = "try\x1b[2J later";
    first.http_status = 503;
    first.duration_us = 812;
    Span& second = spans_[2];
    second = first;
    second.id = span_id(3);
    second.attempt = 2;
    second.provider = "beta";
    second.error.reset();
    second.error_message = {};
    second.http_status = 200;
    second.duration_us = 890'000;
    second.unpriced = true;
  }
  ExchangeRecord record_;
  std::array<Span, 3> spans_;
};

TEST(TraceText, draws_the_tree) {
  const Fallback call;
  EXPECT_EQ(trace_tree({&call.record_, 1}, {}),
            "Trace ID: abababababababababababababababab\n"
            "Span 1: chat fast\n"
            "├─ Time: 2027-01-15 08:00:00Z\n"
            "├─ Caller: user u-7\n"
            "├─ Span ID: 0000000000000001\n"
            "├─ Input: \"Where is my order?\"\n"
            "├─ Output: \"On its way.\"\n"
            "├─ LLM call: alpha mini, attempt 1\n"
            "│  ├─ Span ID: 0000000000000002\n"
            "│  ├─ Status: error upstream_status (HTTP 503): try\\x1b[2J later\n"
            "│  └─ Duration: 812µs\n"
            "├─ LLM call: beta mini, attempt 2\n"
            "│  ├─ Span ID: 0000000000000003\n"
            "│  ├─ Status: ok (HTTP 200)\n"
            "│  ├─ Cost: unpriced\n"
            "│  └─ Duration: 890ms\n"
            "├─ Model: fast → mini-2026\n"
            "├─ Status: ok (HTTP 200)\n"
            "├─ Tokens: 812 in (512 cached), 96 out\n"
            "├─ Cost: $0.0001794\n"
            "├─ Time to first token: 201ms\n"
            "└─ Duration: 1.25s\n");
}

// A program's spans came over OTLP, behind the call that they are about.
TEST(TraceText, calls_stand_below_the_spans_that_made_them) {
  Fallback call;
  std::array<Span, 3> told;
  ExchangeRecord program;
  program.trace = call.record_.trace;
  program.spans = told;
  constexpr std::array<std::string_view, 3> kNames{"program", "turn", "POST"};
  for (std::size_t i = 0; i < told.size(); ++i) {
    told[i].kind = SpanKind::other;
    told[i].id = span_id(static_cast<std::uint8_t>(10 + i));
    if (i > 0) told[i].parent = told[i - 1].id;
    told[i].name = kNames[i];
  }
  call.spans_[0].parent = told[2].id;
  const std::array records{call.record_, program};
  const std::string tree = trace_tree(records, {});
  EXPECT_NE(tree.find("\nSpan 1: program\n"), std::string::npos) << tree;
  EXPECT_EQ(tree.find("\nSpan 2: "), std::string::npos) << tree;
  EXPECT_NE(tree.find("│  │  ├─ chat fast\n"), std::string::npos) << tree;
  EXPECT_NE(tree.find("│  │  │  ├─ LLM call: alpha mini"), std::string::npos) << tree;
}

RC_GTEST_PROP(TraceTree, holds_every_span_once, ()) {
  std::vector<Span> spans(*rc::gen::inRange<std::size_t>(1, 12));
  const auto count = static_cast<int>(spans.size());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    spans[i].id = span_id(static_cast<std::uint8_t>(i + 1));
    spans[i].parent = span_id(static_cast<std::uint8_t>(*rc::gen::inRange(0, count + 1)));
    spans[i].start_unix_us = *rc::gen::inRange(0, 5);
  }
  // In two records, cut anywhere.
  const auto cut = *rc::gen::inRange<std::size_t>(1, spans.size() + 1);
  std::vector<ExchangeRecord> records(cut < spans.size() ? 2 : 1);
  records[0].spans = std::span(spans).first(cut);
  if (records.size() == 2) records[1].spans = std::span(spans).subspan(cut);
  const std::string tree = trace_tree(records, {});
  for (const Span& span : spans) {
    const auto first = tree.find("Span ID: " + span.id.hex());
    RC_ASSERT(first != std::string::npos);
    RC_ASSERT(tree.find("Span ID: " + span.id.hex(), first + 1) == std::string::npos);
  }
}

TEST(TraceText, draws_the_table) {
  const Fallback call;
  EXPECT_EQ(trace_table({&call.record_, 1}, {}),
            "TIME                  TRACE             MODEL      USER  STATUS   IN  OUT   TTFT  "
            "DURATION        COST\n"
            "2027-01-15 08:00:00Z  abababababababab  mini-2026  u-7   ok      812   96  201ms  "
            "   1.25s  $0.0001794\n");
}

TEST(TraceText, says_what_it_cut_and_what_was_not_stored) {
  Fallback call;
  call.spans_[0].input = "Wo bleibt das Päckchen?";
  call.spans_[0].output_cut_bytes = 77;
  const std::string tree = trace_tree({&call.record_, 1}, {.content_bytes_max = 16});
  EXPECT_NE(tree.find("Input: \"Wo bleibt das P\" … (+9 bytes; --full shows all)"),
            std::string::npos)
      << tree;
  EXPECT_NE(tree.find("Output: \"On its way.\" … (+77 bytes that were not stored)"),
            std::string::npos)
      << tree;
}

TEST(TraceText, shows_each_span_once_whatever_the_parents_say) {
  Fallback call;
  call.spans_[1].parent = call.spans_[2].id;  // a circle, out of the head's reach
  call.spans_[2].parent = call.spans_[1].id;
  const std::string tree = trace_tree({&call.record_, 1}, {});
  for (const char* const id : {"0000000000000001", "0000000000000002", "0000000000000003"}) {
    const auto first = tree.find(id);
    ASSERT_NE(first, std::string::npos) << tree;
    EXPECT_EQ(tree.find(id, first + 1), std::string::npos) << tree;
  }
}

TEST(TraceText, escapes_what_would_deceive) {
  EXPECT_EQ(printable("a\nb\t\x1b]0;x\x07"), "a\\nb\\t\\x1b]0;x\\x07");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u{9b}31m");  // CSI as one character
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "gpj.exe"),
            "\\u{202e}gpj.exe");  // right-to-left override
  EXPECT_EQ(printable("\xff\xc0\x80ok"), "\\xff\\xc0\\x80ok");
  EXPECT_EQ(printable("grüße 你好 🙂"), "grüße 你好 🙂");
}

RC_GTEST_PROP(TraceText, prints_no_control_character, (const std::string& text)) {
  const std::string shown = printable(text);
  RC_ASSERT(std::none_of(shown.begin(), shown.end(),
                         [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }));
}

TEST(TraceText, colours_only_when_asked) {
  const Fallback call;
  EXPECT_EQ(trace_tree({&call.record_, 1}, {}).find('\x1b'), std::string::npos);
  EXPECT_NE(trace_tree({&call.record_, 1}, {.colour = true}).find('\x1b'), std::string::npos);
}

TEST(TraceText, writes_json_that_parses) {
  Fallback call;
  const std::array<Attribute, 1> attributes{{{"quo\"te", "back\\slash"}}};
  call.spans_[0].attributes = attributes;
  std::string json;
  append_json(json, call.record_);
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  ASSERT_EQ(parser.parse(json).get(document), simdjson::SUCCESS) << json;
  EXPECT_EQ(std::string_view(document["user"]), "u-7");
  EXPECT_EQ(document["spans"].get_array().value().size(), 3u);
  const simdjson::dom::element head = document["spans"].at(0);
  EXPECT_EQ(std::int64_t(head["cost_picodollars"]), 179'400'000);
  EXPECT_EQ(std::string_view(head["attributes"]["quo\"te"]), "back\\slash");
  EXPECT_EQ(std::string_view(document["spans"].at(1)["error"]), "upstream_status");
}

TEST(TraceText, tells_unpriced_from_free) {
  Span span;
  EXPECT_EQ(format_cost(span), "");
  span.cost = 0;
  EXPECT_EQ(format_cost(span), "$0.00");
  span.unpriced = true;
  EXPECT_EQ(format_cost(span), "$0.00 + unpriced");
  span.cost.reset();
  EXPECT_EQ(format_cost(span), "unpriced");
}

}  // namespace
}  // namespace headgate::telemetry
