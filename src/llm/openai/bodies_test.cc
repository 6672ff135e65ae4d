#include "llm/openai/bodies.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/json/cursor.h"
#include "llm/openai/chat_response.h"

namespace headgate::llm::openai {
namespace {

using base::Errc;

TEST(openai_bodies, error) {
  EXPECT_EQ(error_body(base::fail(Errc::invalid_request, "say \"what\"", "model")),
            R"({"error":{"message":"say \"what\"","type":"invalid_request_error",)"
            R"("param":"model","code":null}})");
  EXPECT_EQ(error_body(base::fail(Errc::rate_limited, "Too many requests.")),
            R"({"error":{"message":"Too many requests.","type":"rate_limit_error","param":null,)"
            R"("code":"rate_limit_exceeded"}})");
}

TEST(openai_bodies, every_error_of_the_table_has_a_body_that_reads_back) {
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    const auto code = static_cast<Errc>(i);
    const auto read = scan_error_body(error_body(base::fail(code, "")));
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->message.empty());
    EXPECT_EQ(read->type, base::row(code).openai_type);
    EXPECT_EQ(read->code, base::row(code).openai_code);
  }
}

TEST(openai_bodies, stream_error_event_is_one_event) {
  const std::string event = stream_error_event(base::fail(Errc::timeout_idle, "line\nbreak"));
  EXPECT_EQ(event.substr(0, 6), "data: ");
  EXPECT_EQ(event.find('\n'), event.size() - 2);
}

TEST(openai_bodies, models) {
  const std::vector<ModelEntry> models = {{"a", "openai", 5}, {"b\"", "lab", 0}};
  EXPECT_EQ(
      models_body(models),
      R"({"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"openai"},)"
      R"({"id":"b\"","object":"model","created":0,"owned_by":"lab"}]})");
  EXPECT_EQ(models_body({}), R"({"object":"list","data":[]})");
  EXPECT_TRUE(base::json::valid(models_body(models)));
}

}  // namespace
}  // namespace headgate::llm::openai
