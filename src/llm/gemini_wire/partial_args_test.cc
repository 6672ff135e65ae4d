#include "llm/gemini_wire/partial_args.h"

#include <gtest/gtest.h>

namespace headgate::llm::gemini {
namespace {

using base::Errc;

TEST(gemini_partial_args, pieces_make_an_object) {
  PartialArgs args({});
  EXPECT_TRUE(args.empty());
  EXPECT_EQ(args.json(), "{}");
  for (const std::string_view pieces :
       {R"([{"jsonPath":"$.city","stringValue":"Bos","willContinue":true}])",
        R"([{"jsonPath":"$.city","stringValue":"ton \"MA\"","willContinue":true}])",
        R"([{"jsonPath":"$.city","stringValue":""}])",
        R"([{"jsonPath":"$.days","numberValue":3.50},{"jsonPath":"$.exact","boolValue":true}])",
        R"([{"jsonPath":"$.items[0].sku","stringValue":"a"}])",
        R"([{"jsonPath":"$.items[0]['unit price']","numberValue":1e2}])",
        R"([{"jsonPath":"$.items[1].sku","stringValue":"b"}])",
        R"([{"json_path":"$.none","null_value":"NULL_VALUE"}])",
        R"({"jsonPath":"$[\"it's\"]","stringValue":"x"})"}) {
    const auto added = args.add(pieces);
    ASSERT_TRUE(added) << pieces << ": " << added.error().detail;
  }
  EXPECT_EQ(args.json(),
            R"({"city":"Boston \"MA\"","days":3.50,"exact":true,)"
            R"("items":[{"sku":"a","unit price":1e2},{"sku":"b"}],"none":null,"it's":"x"})");
}

TEST(gemini_partial_args, what_contradicts_is_an_error) {
  for (const std::vector<std::string_view>& pieces : std::vector<std::vector<std::string_view>>{
           {R"([{"jsonPath":"","stringValue":"x"}])"},
           {R"([{"jsonPath":"$","stringValue":"x"}])"},
           {R"([{"jsonPath":"$..a","stringValue":"x"}])"},
           {R"([{"jsonPath":"$.a[x]","stringValue":"x"}])"},
           {R"([{"jsonPath":"$.a[0","stringValue":"x"}])"},
           {R"([{"jsonPath":"$.a['b","stringValue":"x"}])"},
           {R"([{"jsonPath":"$.a[1]","stringValue":"a hole"}])"},
           {R"([{"jsonPath":"$.a","numberValue":1},{"jsonPath":"$.a","numberValue":2}])"},
           {R"([{"jsonPath":"$.a","stringValue":"x"},{"jsonPath":"$.a.b","stringValue":"y"}])"},
           {R"([{"jsonPath":"$[0]","stringValue":"x"}])"},
           {R"([{"jsonPath":"$.a","numberValue":"NaN"}])"},
           {"[1]"},
           {"[{"}}) {
    PartialArgs args({});
    base::Result<void> added{};
    for (const std::string_view piece : pieces) added = args.add(piece);
    ASSERT_FALSE(added) << pieces[0];
    EXPECT_EQ(added.error().code, Errc::upstream_malformed) << pieces[0];
  }
}

TEST(gemini_partial_args, bounds) {
  chat::Limits limits;
  limits.held_bytes_max = 100;
  PartialArgs args(limits);
  EXPECT_TRUE(args.add(R"([{"jsonPath":"$.a","stringValue":"0123456789"}])"));
  const auto added =
      args.add(R"([{"jsonPath":"$.a","stringValue":"012345678901234567890123456"}])");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::upstream_too_large);

  limits.held_bytes_max = 1 << 20;
  limits.depth_max = 8;
  std::string path = "$";
  for (int i = 0; i < 9; ++i) path += ".a";
  EXPECT_FALSE(PartialArgs(limits).add("[{\"jsonPath\":\"" + path + "\",\"boolValue\":true}]"));
}

}  // namespace
}  // namespace headgate::llm::gemini
