#include "llm/gemini/usage.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "llm/chat/specimen_test.h"

namespace headgate::llm::gemini {
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
  std::optional<Usage> usage;
};

TEST(gemini_usage, read) {
  for (
      const Case& c : std::vector<Case>{
          {R"({"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":15})",
           Usage{.input = 10, .output = 5}},
          {R"({"prompt_token_count":10,"candidates_token_count":5})",
           Usage{.input = 10, .output = 5}},
          // Thoughts stand beside the candidates.
          {R"({"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,)"
           R"("totalTokenCount":22})",
           Usage{.input = 10, .output = 12, .reasoning = 7}},
          // Or within, which the total tells.
          {R"({"promptTokenCount":10,"candidatesTokenCount":12,"thoughtsTokenCount":7,)"
           R"("totalTokenCount":22})",
           Usage{.input = 10, .output = 12, .reasoning = 7}},
          // The first chunk of a stream.
          {R"({"promptTokenCount":10,"totalTokenCount":10})", Usage{.input = 10}},
          {R"({"promptTokenCount":10})", Usage{.input = 10}},
          {R"({"promptTokenCount":10,"totalTokenCount":30,"thoughtsTokenCount":20})",
           Usage{.input = 10, .output = 20, .reasoning = 20}},
          // Not said what they were, but how many.
          {R"({"promptTokenCount":10,"totalTokenCount":30})", Usage{.input = 10, .output = 20}},
          // The prompt holds what was cached.
          {R"({"promptTokenCount":1000,"cachedContentTokenCount":900,"candidatesTokenCount":1,)"
           R"("totalTokenCount":1001,"cacheTokensDetails":[{"modality":"TEXT","tokenCount":900}]})",
           Usage{.input = 1000, .cached = 900, .output = 1}},
          // Results of the provider's own tools are input.
          {R"({"promptTokenCount":10,"toolUsePromptTokenCount":40,"candidatesTokenCount":5,)"
           R"("thoughtsTokenCount":3,"totalTokenCount":58})",
           Usage{.input = 50, .output = 8, .reasoning = 3}},
          {R"({"promptTokenCount":100,"candidatesTokenCount":50,"totalTokenCount":150,)"
           R"("promptTokensDetails":[{"modality":"TEXT","tokenCount":20},)"
           R"({"modality":"AUDIO","tokenCount":80}],"cachedContentTokenCount":30,)"
           R"("cacheTokensDetails":[{"modality":"AUDIO","tokenCount":30}],)"
           R"("candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":50}]})",
           Usage{.input = 100,
           .cached = 30,
           .output = 50,
           .input_audio = 80,
           .cached_audio = 30,
           .output_audio = 50}},
          {R"({"promptTokenCount":1,"candidatesTokenCount":1,"trafficType":"ON_DEMAND"})",
           Usage{.input = 1, .output = 1}},
          {R"({"promptTokenCount":1,"candidatesTokenCount":1,"trafficType":"ON_DEMAND_FLEX"})",
           Usage{.input = 1, .output = 1, .tier = ServiceTier::flex}},
          {R"({"promptTokenCount":1,"candidatesTokenCount":1,"serviceTier":"priority"})",
           Usage{.input = 1, .output = 1, .tier = ServiceTier::priority}},
          {R"({"promptTokenCount":1,"trafficType":"PROVISIONED_THROUGHPUT"})",
           Usage{.input = 1, .tier = ServiceTier::scale}},
          // What contradicts itself is nothing.
          {R"({"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":14})", {}},
          {R"({"promptTokenCount":10,"totalTokenCount":9})", {}},
          {R"({"promptTokenCount":10,"totalTokenCount":15,"thoughtsTokenCount":6})", {}},
          {R"({"promptTokenCount":10,"cachedContentTokenCount":11})", {}},
          {R"({"promptTokenCount":-1,"candidatesTokenCount":5})", {}},
          {R"({"promptTokenCount":1,"candidatesTokenCount":-5})", {}},
          {R"({"promptTokenCount":9223372036854775807,"candidatesTokenCount":1})", {}},
          {R"({"promptTokenCount":5,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":6}]})",
           {}},
          {R"({"candidatesTokenCount":5,"totalTokenCount":5})", {}},
          {R"({"promptTokenCount":"many"})", {}},
          {"{}", {}},
          {"null", {}},
          {"[]", {}},
          {R"({"promptTokenCount":3,"promptTokensDetails":{},"new":{"a":[1]}})",
           Usage{.input = 3}}}) {
    EXPECT_EQ(read(c.json), c.usage) << c.json;
  }
}

RC_GTEST_PROP(gemini_usage, what_is_written_reads_back, ()) {
  Usage usage = *chat::any_usage();
  usage.cache_write = 0;
  usage.cached_audio = *rc::gen::inRange<std::int64_t>(0, usage.cached + 1);
  usage.input_audio = usage.cached_audio;
  usage.output_audio = *rc::gen::inRange<std::int64_t>(0, usage.output - usage.reasoning + 1);
  usage.tier = *rc::gen::element(ServiceTier::standard, ServiceTier::flex, ServiceTier::priority,
                                 ServiceTier::scale);
  std::string json;
  base::json::Writer out(json);
  write_usage(out, usage);
  RC_ASSERT(read(json) == usage);
}

}  // namespace
}  // namespace headgate::llm::gemini
