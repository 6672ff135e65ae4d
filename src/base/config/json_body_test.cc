#include <gtest/gtest.h>

#include "base/config/specimen_test.h"

namespace headgate::base::config {
namespace {

TEST(ReadJson, IsAsStrictAsAFile) {
  const struct {
    std::string_view body;
    std::string_view detail;
    std::string_view param;
  } cases[] = {
      {"[]", "expected a map of keys, found a list", ""},
      {"{", "invalid JSON at byte 1: expected a member name", ""},
      {"{} {}", "invalid JSON at byte 3: expected the end", ""},
      {R"({"titel": "x"})", "titel: unknown key; did you mean \"title\"?", "titel"},
      {R"({"title": 5})", "title: expected a string, found the number 5; put it in quotes",
       "title"},
      {R"({"wait_ms": "5"})", "wait_ms: expected an integer, found the string \"5\"", "wait_ms"},
      {R"({"wait_ms": 1.5})", "wait_ms: expected an integer, found the number 1.5", "wait_ms"},
      {R"({"extra": null})",
       "extra: expected an integer, found nothing; give it a value or remove the key", "extra"},
      {R"({"options": {"ratio": 2, "fast": "yes"}})",
       "options.fast: expected true or false, found the string \"yes\"; "
       "options.ratio: must be 0 to 1, found 2",
       "options.fast"},
      {R"({"parts": {"a": {"name": "x", "name": "y"}}})",
       "parts.a.name: given twice, first in line 1", "parts.a.name"},
      {R"({"colour": "gren"})", "colour: \"gren\" is not a choice here; did you mean \"green\"?",
       "colour"},
  };
  for (const auto& each : cases) {
    const auto read = read_json<Specimen>(each.body);
    ASSERT_FALSE(read) << each.body;
    EXPECT_EQ(read.error().code, Errc::invalid_request);
    EXPECT_EQ(read.error().detail, each.detail) << each.body;
    EXPECT_EQ(read.error().param, each.param) << each.body;
  }
}

TEST(ReadJson, ReadsWhatJsonCanSay) {
  const auto read = read_json<Specimen>(
      R"({"title": "a\/b \ud83d\ude00 true", "extra": 9, "tags": ["x", "1"],)"
      R"( "parts": {"p": {"name": "bolt", "count": 2}}, "options": {"fast": true}})");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->title, "a/b \U0001F600 true");
  EXPECT_EQ(read->extra, 9);
  EXPECT_EQ(read->tags, (std::vector<std::string>{"x", "1"}));
  EXPECT_EQ(read->parts.find("p")->count, 2);
  EXPECT_TRUE(read->options.fast);
  EXPECT_EQ(read_json<Specimen>("")->wait_ms, 100);
}

TEST(ReadJson, HasBounds) {
  const std::string deep = "{\"tags\": " + std::string(40, '[') + std::string(40, ']') + "}";
  EXPECT_FALSE(read_json<Specimen>(deep));
  std::string many = "{\"tags\": [";
  for (std::size_t i = 0; i < kNodesMax; ++i) many += "1,";
  EXPECT_EQ(read_json<Specimen>(many + "1]}").error().detail, "too many values");
  EXPECT_EQ(read_json<Specimen>(std::string(kFileBytesMax + 1, ' ')).error().detail, "too long");
}

}  // namespace
}  // namespace headgate::base::config
