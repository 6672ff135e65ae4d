#include "llm/anthropic/usage.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::llm::anthropic {
namespace {

using base::ServiceTier;
using base::Usage;

std::optional<Usage> read(std::string_view json) {
  base::json::Cursor cursor(json);
  std::optional<Usage> usage;
  EXPECT_TRUE(read_usage(cursor, usage)) << json;
  EXPECT_TRUE(cursor.finish()) << json;
  return usage;
}

struct Case {
  std::string_view json;
  Usage usage;
};

class AnthropicUsage : public testing::TestWithParam<Case> {};

TEST_P(AnthropicUsage, is_normalised) { EXPECT_EQ(read(GetParam().json), GetParam().usage); }

INSTANTIATE_TEST_SUITE_P(
    table, AnthropicUsage,
    testing::Values(
        Case{R"({"input_tokens":10,"output_tokens":3})", {.input = 10, .output = 3}},
        // The cache comes on top of the input.
        Case{R"({"input_tokens":21,"cache_creation_input_tokens":188,"cache_read_input_tokens":1000,
                 "output_tokens":393})",
             {.input = 1209, .cached = 1000, .cache_write = 188, .output = 393}},
        Case{R"({"input_tokens":1,"cache_creation_input_tokens":30,"cache_read_input_tokens":null,
                 "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},
                 "output_tokens":2})",
             {.input = 31, .cache_write = 30, .output = 2, .cache_write_long = 20}},
        // The split alone is a total as well.
        Case{R"({"input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":4,
                 "ephemeral_1h_input_tokens":5},"output_tokens":2})",
             {.input = 10, .cache_write = 9, .output = 2, .cache_write_long = 5}},
        // What the split does not explain was written for five minutes.
        Case{R"({"input_tokens":0,"cache_creation_input_tokens":9,
                 "cache_creation":{"ephemeral_1h_input_tokens":5},"output_tokens":2})",
             {.input = 9, .cache_write = 9, .output = 2, .cache_write_long = 5}},
        Case{
            R"({"input_tokens":5,"output_tokens":100,"output_tokens_details":{"thinking_tokens":80},
                 "server_tool_use":{"web_search_requests":2,"web_fetch_requests":7}})",
            {.input = 5, .output = 100, .reasoning = 80, .web_searches = 2}},
        Case{R"({"input_tokens":5,"output_tokens":1,"service_tier":"batch","speed":"standard"})",
             {.input = 5, .output = 1, .tier = ServiceTier::batch}},
        Case{R"({"input_tokens":5,"output_tokens":1,"service_tier":"priority"})",
             {.input = 5, .output = 1, .tier = ServiceTier::priority}},
        Case{R"({"input_tokens":5,"output_tokens":1,"service_tier":"standard","speed":"fast"})",
             {.input = 5, .output = 1, .tier = ServiceTier::fast}},
        Case{R"({"input_tokens":5,"output_tokens":1,"service_tier":"x","inference_geo":"eu",
                 "future":{"input_tokens":7}})",
             {.input = 5, .output = 1}},
        // A compaction is billed beside the headline.
        Case{R"({"input_tokens":100,"output_tokens":10,"iterations":[
                 {"type":"compaction","input_tokens":900,"output_tokens":50},
                 {"type":"message","input_tokens":100,"output_tokens":10}]})",
             {.input = 1000, .output = 60}},
        Case{R"({"input_tokens":100,"cache_read_input_tokens":7,"output_tokens":10,"iterations":[
                 {"type":"advisor_message","input_tokens":5,"cache_creation_input_tokens":3,
                  "cache_creation":{"ephemeral_1h_input_tokens":3},"output_tokens":5},
                 {"type":"message","input_tokens":100,"cache_read_input_tokens":7,
                  "output_tokens":10}]})",
             {.input = 115,
              .cached = 7,
              .cache_write = 3,
              .output = 15,
              .cache_write_long = 3,
              .incomplete = true}},
        // Iterations of one model, and of two.
        Case{R"({"input_tokens":20,"output_tokens":2,"iterations":[
                 {"type":"message","model":"a","input_tokens":10,"output_tokens":1},
                 {"type":"message","model":"a","input_tokens":10,"output_tokens":1}]})",
             {.input = 20, .output = 2}},
        Case{R"({"input_tokens":20,"output_tokens":2,"iterations":[
                 {"type":"message","model":"a","input_tokens":10,"output_tokens":1},
                 {"type":"message","model":"b","input_tokens":10,"output_tokens":1}]})",
             {.input = 20, .output = 2, .incomplete = true}},
        // A list that says less than the headline is not the whole of it.
        Case{R"({"input_tokens":100,"output_tokens":10,"iterations":[]})",
             {.input = 100, .output = 10}},
        Case{R"({"input_tokens":100,"output_tokens":10,"iterations":[
                 {"type":"message","input_tokens":1,"output_tokens":1},"odd"]})",
             {.input = 100, .output = 10}}));

TEST(anthropic_usage, nothing_rather_than_garbage) {
  for (const std::string_view json :
       {"null", "[]", "{}", R"({"input_tokens":5})", R"({"output_tokens":5})",
        R"({"input_tokens":-1,"output_tokens":5})", R"({"input_tokens":"1","output_tokens":5})",
        R"({"input_tokens":1.5,"output_tokens":5})",
        R"({"input_tokens":1,"output_tokens":5,"cache_read_input_tokens":-2})",
        R"({"input_tokens":9000000000000000000,"output_tokens":5})",
        R"({"input_tokens":1,"output_tokens":5,"output_tokens_details":{"thinking_tokens":6}})",
        R"({"input_tokens":1,"output_tokens":5,"cache_creation_input_tokens":4,
               "cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":2}})"}) {
    EXPECT_FALSE(read(json)) << json;
  }
}

// message_start tells the input, message_delta totals: a later number replaces an earlier one.
TEST(anthropic_usage, totals_of_a_stream_overwrite) {
  UsageTally tally;
  const auto add = [&tally](std::string_view json) {
    base::json::Cursor cursor(json);
    EXPECT_TRUE(tally.read(cursor));
    return tally.usage();
  };
  EXPECT_EQ(add(R"({"input_tokens":10,"cache_creation_input_tokens":30,"cache_creation":
      {"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1,
      "service_tier":"priority"})"),
            (Usage{.input = 40,
                   .cache_write = 30,
                   .output = 1,
                   .cache_write_long = 20,
                   .tier = ServiceTier::priority}));
  EXPECT_EQ(add(R"({"output_tokens":50})")->output, 50);
  const auto last = add(R"({"input_tokens":12,"cache_creation_input_tokens":35,
      "cache_read_input_tokens":5,"output_tokens":60,
      "server_tool_use":{"web_search_requests":1}})");
  EXPECT_EQ(last, (Usage{.input = 52,
                         .cached = 5,
                         .cache_write = 35,
                         .output = 60,
                         .cache_write_long = 20,
                         .web_searches = 1,
                         .tier = ServiceTier::priority}));
  // A smaller total than the split of the start: as much of it as fits.
  EXPECT_EQ(add(R"({"cache_creation_input_tokens":15})")->cache_write_long, 15);
}

TEST(anthropic_usage, is_written_as_it_was_read) {
  const Usage usage{.input = 1209,
                    .cached = 1000,
                    .cache_write = 188,
                    .output = 393,
                    .reasoning = 40,
                    .cache_write_long = 100,
                    .web_searches = 3,
                    .tier = ServiceTier::fast};
  std::string json;
  base::json::Writer out(json);
  write_usage(out, usage);
  EXPECT_EQ(
      json,
      R"({"input_tokens":21,"cache_creation_input_tokens":188,"cache_read_input_tokens":1000,)"
      R"("cache_creation":{"ephemeral_5m_input_tokens":88,"ephemeral_1h_input_tokens":100},)"
      R"("output_tokens":393,"output_tokens_details":{"thinking_tokens":40},)"
      R"("server_tool_use":{"web_search_requests":3,"web_fetch_requests":0},)"
      R"("service_tier":"standard","speed":"fast","inference_geo":null})");
  EXPECT_EQ(read(json), usage);
}

}  // namespace
}  // namespace headgate::llm::anthropic
