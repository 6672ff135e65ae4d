#include "cost/price_book.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace headgate::cost {
namespace {

using base::Usage;

constexpr std::string_view kBook = R"(currency: USD
checked: 2026-11-23
models:
  - provider: openai
    model: gpt-4o
    aliases: [gpt-4o-2024-05-13-alias, latest]
    snapshots: true
    prices:
      - {input: "5.00", output: "15.00"}
      - {from: 2024-10-01, input: "2.50", cached_input: "1.25", output: "10.00"}
  - provider: openai
    model: gpt-4o-2024-05-13
    prices:
      - {input: 5, output: 15}
  - provider: other
    model: gpt-4o
    prices:
      - {from: 2025-01-01, input: "0.000001", cached_input: "0", cache_write: "3.75", output: "0"}
)";

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kOct1 = 1'727'740'800'000'000;  // 2024-10-01T00:00:00Z
constexpr std::int64_t kJan1 = 1'735'689'600'000'000;  // 2025-01-01T00:00:00Z

struct Priced {
  std::string_view provider, model;
  Usage usage;
  std::int64_t unix_us;
  std::optional<base::Picodollars> expected;
};

class Prices : public testing::TestWithParam<Priced> {};

TEST_P(Prices, by_hand) {
  const auto book = PriceBook::parse(kBook, "prices.yaml");
  ASSERT_TRUE(book) << book.error().detail;
  const Priced& c = GetParam();
  EXPECT_EQ(book->price(c.provider, c.model, c.usage, c.unix_us), c.expected);
}

// $2.50 a million is 2,500,000 picodollars a token.
INSTANTIATE_TEST_SUITE_P(
    table, Prices,
    testing::Values(
        Priced{"openai", "gpt-4o", {.input = 1, .output = 0}, kOct1, 2'500'000},
        Priced{"openai", "gpt-4o", {.input = 1}, kOct1 - 1, 5'000'000},
        Priced{"openai", "gpt-4o", {.input = 1}, 0, 5'000'000},
        Priced{"openai", "gpt-4o", {}, kJan1, 0},
        // 600·2.5 + 400·1.25 + 100·10 millionths of a dollar = 0.003
        Priced{"openai",
               "gpt-4o",
               {.input = 1000, .cached = 400, .output = 100, .reasoning = 60},
               kJan1,
               3'000'000'000},
        // cache writes cost as input where the file does not say
        Priced{"openai", "gpt-4o", {.input = 10, .cache_write = 10}, kJan1, 25'000'000},
        // cached as input where the file does not say
        Priced{"openai", "gpt-4o", {.input = 10, .cached = 10}, 0, 50'000'000},
        Priced{"openai", "latest", {.input = 1}, kJan1, 2'500'000},
        Priced{"openai", "gpt-4o-2024-08-06", {.input = 1}, kJan1, 2'500'000},
        Priced{"openai", "gpt-4o-20240806", {.input = 1}, kJan1, 2'500'000},
        Priced{"openai", "gpt-4o-2024-05-13", {.input = 1}, kJan1, 5'000'000},
        Priced{"openai", "gpt-4o-2024-8-6", {.input = 1}, kJan1, std::nullopt},
        Priced{"openai", "gpt-4o-mini", {.input = 1}, kJan1, std::nullopt},
        Priced{"openai", "latest-2024-08-06", {.input = 1}, kJan1, 2'500'000},
        Priced{"openai", "gpt-4o-2024-05-13-2024-08-06", {.input = 1}, kJan1, std::nullopt},
        Priced{"openai", "GPT-4o", {.input = 1}, kJan1, std::nullopt},
        Priced{"openai", "", {.input = 1}, kJan1, std::nullopt},
        Priced{"azure", "gpt-4o", {.input = 1}, kJan1, std::nullopt},
        Priced{"other", "gpt-4o", {.input = 1}, kJan1 - 1, std::nullopt},
        Priced{"other",
               "gpt-4o",
               {.input = 3, .cached = 1, .cache_write = 1, .output = 9},
               kJan1 + kDay,
               1 + 3'750'000},
        Priced{"other", "gpt-4o-2024-08-06", {.input = 1}, kJan1, std::nullopt},
        // usage that cannot be
        Priced{"openai", "gpt-4o", {.input = 10, .cached = 11}, kJan1, std::nullopt},
        Priced{
            "openai", "gpt-4o", {.input = 10, .cached = 6, .cache_write = 5}, kJan1, std::nullopt},
        Priced{"openai", "gpt-4o", {.input = -1}, kJan1, std::nullopt},
        Priced{"openai", "gpt-4o", {.output = -1}, kJan1, std::nullopt},
        Priced{"openai", "gpt-4o", {.input = 1, .cached = -1}, kJan1, std::nullopt},
        // sums that do not fit
        Priced{"openai", "gpt-4o", {.input = INT64_MAX}, kJan1, std::nullopt},
        Priced{
            "openai", "gpt-4o", {.input = INT64_MAX / 2'500'000, .output = 1}, kJan1, std::nullopt},
        Priced{"openai",
               "gpt-4o",
               {.input = INT64_MAX / 2'500'000},
               kJan1,
               9'223'372'036'852'500'000}));

struct Broken {
  std::string_view yaml;
  std::string_view expected;
};

class BrokenBooks : public testing::TestWithParam<Broken> {};

TEST_P(BrokenBooks, say_where) {
  const auto book = PriceBook::parse(GetParam().yaml, "p.yaml");
  ASSERT_TRUE(book.has_error());
  EXPECT_EQ(book.error().code, base::Errc::config_invalid);
  EXPECT_EQ(book.error().detail, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    table, BrokenBooks,
    testing::Values(
        Broken{"",
               "p.yaml:1:1: currency: missing\n"
               "p.yaml:1:1: models: missing: a list with at least one entry"},
        Broken{"[]", "p.yaml:1:1: a map is expected here"},
        Broken{"currency: EUR\nmodels: []\n",
               "p.yaml:1:11: currency: only USD is understood\n"
               "p.yaml:2:9: models: a list with at least one entry is expected here"},
        Broken{"currency: USD\nchecked: today\nmodels:\n  - {provider: a, model: b, price: 1}\n",
               "p.yaml:2:10: checked: a date is expected here, as in 2026-11-23\n"
               "p.yaml:4:5: models[0].prices: missing: a list with at least one entry\n"
               "p.yaml:4:29: models[0].price: unknown key \"price\"; did you mean \"prices\"?"},
        Broken{
            "currency: USD\nmodels:\n- provider: a\n  model: b c\n  snapshots: maybe\n  prices:\n"
            "  - {input: 1.0000001, output: x}\n  - {input: -1, output: 1e3, input: 2}\n",
            "p.yaml:4:10: models[0].model: a name without blanks is expected here\n"
            "p.yaml:5:14: models[0].snapshots: true or false is expected here\n"
            "p.yaml:7:13: models[0].prices[0].input: too many decimals: not a whole number of "
            "picodollars a token\n"
            "p.yaml:7:32: models[0].prices[0].output: dollars per million tokens are expected "
            "here, as in \"2.50\"\n"
            "p.yaml:8:5: models[0].prices[1].from: missing: only the first price of a model may "
            "be without a date\n"
            "p.yaml:8:5: models[0].prices[1].from: prices go from the oldest to the newest\n"
            "p.yaml:8:13: models[0].prices[1].input: dollars per million tokens are expected "
            "here, as in \"2.50\"\n"
            "p.yaml:8:25: models[0].prices[1].output: dollars per million tokens are expected "
            "here, as in \"2.50\"\n"
            "p.yaml:8:30: models[0].prices[1].input: given twice"},
        Broken{"currency: USD\nmodels:\n- {provider: a, model: b, aliases: [c, b], prices: "
               "[{input: 1, "
               "output: 1}]}\n- {provider: a, model: c, prices: [{input: 1, output: 1}]}\n",
               "p.yaml:3:40: models[0].aliases[1]: \"b\" of \"a\" has a price already\n"
               "p.yaml:4:24: models[1].model: \"c\" of \"a\" has a price already"},
        Broken{
            "currency: USD\nmodels:\n- {provider: a, model: b, prices: [{from: 2025-02-30, input: "
            "1, "
            "output: 1}]}\n",
            "p.yaml:3:43: models[0].prices[0].from: a date is expected here, as in 2026-11-23"}));

TEST(price_book, load_says_which_file_is_missing) {
  const auto book = PriceBook::load("/nonexistent/prices.yaml");
  ASSERT_TRUE(book.has_error());
  EXPECT_NE(book.error().detail.find("/nonexistent/prices.yaml"), std::string::npos);
}

constexpr std::string_view kDimensions = R"(currency: USD
models:
  - provider: p
    model: m
    prices:
      - input: "3"
        cached_input: "0.30"
        cache_write: "3.75"
        cache_write_long: "6"
        output: "15"
        input_audio: "10"
        output_audio: "20"
        web_search: "10"
        above: [{input_tokens: 200000, input: "6", cached_input: "0.60", output: "22.50"}]
        tiers:
          batch: {multiply: "0.5"}
          priority: {input: "6", output: "30"}
)";

// Picodollars a token: 3,000,000 for input.
TEST(PriceBook, knows_tiers_lengths_and_kinds_of_tokens) {
  const auto book = PriceBook::parse(kDimensions, "p.yaml");
  ASSERT_TRUE(book) << book.error().detail;
  using base::ServiceTier;
  const std::vector<std::pair<Usage, std::optional<base::Picodollars>>> cases = {
      {{.input = 10, .output = 1}, 45'000'000},
      {{.input = 10, .cached = 4, .cache_write = 5, .cache_write_long = 2}, 27'450'000},
      {{.input = 10, .output = 5, .input_audio = 4, .output_audio = 5}, 158'000'000},
      {{.input = 10, .cached = 4, .input_audio = 4, .cached_audio = 1}, std::nullopt},
      {{.input = 1, .web_searches = 2}, 20'003'000'000},
      {{.input = 200'000}, 600'000'000'000},
      {{.input = 200'001, .output = 1}, 1'200'028'500'000},
      {{.input = 200'001, .cached = 200'001}, 120'000'600'000},
      {{.input = 200'001, .cache_write = 1, .cache_write_long = 1}, std::nullopt},
      {{.input = 10, .output = 1, .tier = ServiceTier::batch}, 22'500'000},
      {{.input = 200'002, .tier = ServiceTier::batch}, 600'006'000'000},
      {{.input = 1, .output = 1, .tier = ServiceTier::priority}, 36'000'000},
      {{.input = 1, .output = 1, .tier = ServiceTier::flex}, std::nullopt},
      {{.input = 1, .output = 1, .output_audio = 2}, std::nullopt},
      {{.input = 2, .cache_write = 1, .input_audio = 2}, std::nullopt},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(book->price("p", "m", cases[i].first, 0), cases[i].second) << "case " << i;
  }
}

TEST(PriceBook, says_what_is_wrong_with_tiers) {
  const auto book = PriceBook::parse(R"(currency: USD
models:
  - provider: p
    model: m
    prices:
      - input: "3"
        output: "15"
        above:
          - {input_tokens: 5, input: "1", output: "1"}
          - {input_tokens: 5, input: "1", output: "1"}
          - {input_tokens: many, input: "1", output: "1"}
        tiers:
          standard: {input: "1", output: "1"}
          batch: {multiply: half}
          flex: {multiply: "0.5", input: "1"}
          scale: {multiply: "0.0000001"}
)",
                                     "p.yaml");
  ASSERT_FALSE(book);
  for (const std::string_view place : {"p.yaml:10:28: ", "p.yaml:11:28: ", "p.yaml:13:11: ",
                                       "p.yaml:14:29: ", "p.yaml:15:28: ", "p.yaml:16:29: "}) {
    EXPECT_NE(book.error().detail.find(place), std::string::npos) << place << " in\n"
                                                                  << book.error().detail;
  }
}

}  // namespace
}  // namespace headgate::cost
