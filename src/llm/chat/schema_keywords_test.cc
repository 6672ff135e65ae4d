#include "llm/chat/schema_keywords.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::llm::chat {
namespace {

using Words = std::vector<std::string>;

struct Case {
  std::string_view schema;
  std::string_view expected;
  Words dropped;
};

TEST(schema_keywords, go_wherever_they_are_keywords) {
  const std::vector<Case> cases = {
      {R"({"type":"object"})", R"({"type":"object"})", {}},
      {R"({"type":"integer","minimum":-9007199254740991,"format":"x","default":1e400})",
       R"({"type":"integer","format":"x","default":1e400})",
       {"minimum"}},
      {R"({"properties":{"minimum":{"minimum":1,"type":"number"}},"required":["minimum"]})",
       R"({"properties":{"minimum":{"type":"number"}},"required":["minimum"]})",
       {"minimum"}},
      {R"({"anyOf":[{"maxLength":1},{"items":{"minimum":2,"maxLength":3}}]})",
       R"({"anyOf":[{},{"items":{}}]})",
       {"maxLength", "minimum"}},
      {R"({"default":{"minimum":1},"enum":[{"maxLength":2}]})",
       R"({"default":{"minimum":1},"enum":[{"maxLength":2}]})",
       {}},
      {R"({"$defs":{"a":{"minimum":1}},"properties":[]})",
       R"({"$defs":{"a":{}},"properties":[]})",
       {"minimum"}},
      {"true", "true", {}},
  };
  for (const auto& [schema, expected, dropped] : cases) {
    Words seen;
    EXPECT_EQ(without_bounds(schema, seen), expected);
    EXPECT_EQ(seen, dropped) << schema;
  }
}

}  // namespace
}  // namespace headgate::llm::chat
