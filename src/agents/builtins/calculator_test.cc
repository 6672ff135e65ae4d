#include "agents/builtins/calculator.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace headgate::agents {
namespace {

struct Sum {
  const char* expression;
  const char* value;
  bool rounded = false;
};

class Calculates : public testing::TestWithParam<Sum> {};

TEST_P(Calculates, AsOnPaper) {
  const auto result = calculate(GetParam().expression);
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->value, GetParam().value);
  EXPECT_EQ(result->rounded, GetParam().rounded);
}

INSTANTIATE_TEST_SUITE_P(
    Sums, Calculates,
    testing::Values(Sum{"1", "1"}, Sum{" 0.1 + 0.2 ", "0.3"}, Sum{"19.99 * 3", "59.97"},
                    Sum{"1 - 2 - 3", "-4"}, Sum{"2 + 3 * 4", "14"}, Sum{"(2 + 3) * 4", "20"},
                    Sum{"-(-5)", "5"}, Sum{"- -5", "5"}, Sum{"7 / 8", "0.875"},
                    Sum{"1 / 3", "0.333333333333333333", true},
                    Sum{"2 / 3", "0.666666666666666667", true}, Sum{"-2 / 3 * 0", "0", true},
                    Sum{"-2 / 3", "-0.666666666666666667", true}, Sum{"0.5 / 0.25", "2"},
                    Sum{"100 / 7 * 7", "99.999999999999999998", true},
                    Sum{"1000000 * 1000000", "1000000000000"}, Sum{"0 * 0.0001", "0"},
                    Sum{"round(2.5)", "2"}, Sum{"round(3.5)", "4"}, Sum{"round(-2.5)", "-2"},
                    Sum{"round(-2.51)", "-3"}, Sum{"round(2.345, 2)", "2.34"},
                    Sum{"round(189 * 0.15, 2)", "28.35"}, Sum{"abs(3 - 5)", "2"},
                    Sum{"min(3, 1.5, 2)", "1.5"}, Sum{"max(3, -1.5, 2)", "3"}, Sum{".5", "0.5"},
                    Sum{"5.", "5"}, Sum{"007.50", "7.5"}));

TEST(Calculator, SaysWhatIsWrongAndWhere) {
  for (const auto& [expression, wrong] :
       {std::pair("", "column 1: a number was expected"),
        std::pair("1 +", "column 4: a number was expected"),
        std::pair("1 2", "column 3: an operator was expected"),
        std::pair("(1", "column 3: `)` was expected"),
        std::pair("1 / (2 - 2)", "column 12: division by zero"),
        std::pair("1.2.3", "column 6: not a number of at most 36 digits"),
        std::pair("15%", "column 3: an operator was expected"),
        std::pair("system(1)", "column 10: there are abs(x)"),
        std::pair("round(1, 0.5)", "column 14: round takes 0 to 18 places"),
        std::pair("round(1, 19)", "column 13: round takes 0 to 18 places"),
        std::pair("1e5", "column 2: an operator was expected")}) {
    const auto result = calculate(expression);
    ASSERT_FALSE(result) << expression;
    EXPECT_EQ(result.error().detail.substr(0, std::string(wrong).size()), wrong) << expression;
  }
}

TEST(Calculator, BoundsWhatItReads) {
  const std::string nines(36, '9');
  EXPECT_EQ(calculate(nines)->value, nines);
  EXPECT_FALSE(calculate(nines + "9"));
  EXPECT_FALSE(calculate(nines + " + 1"));
  EXPECT_FALSE(calculate(nines + " * 2"));
  EXPECT_FALSE(calculate(nines + " / 0.1"));
  EXPECT_FALSE(calculate(std::string(100, '(') + "1" + std::string(100, ')')));
  EXPECT_FALSE(calculate(std::string(100, '-') + "1"));
  EXPECT_FALSE(calculate(std::string(1001, '1')));
}

RC_GTEST_PROP(CalculatorLaws, WhatIsDividedComesBackTimes, ()) {
  const int a = *rc::gen::inRange(-1'000'000, 1'000'000);
  const int b = *rc::gen::nonZero<std::int16_t>();
  const auto of = [](int value) { return "(" + std::to_string(value) + ")"; };
  RC_ASSERT(calculate(of(a) + "*" + of(b) + "/" + of(b))->value == std::to_string(a));
  RC_ASSERT(calculate(of(a) + "+" + of(b) + "-" + of(b))->value == std::to_string(a));
  const auto quotient = calculate(of(a) + "/" + of(b));
  RC_ASSERT(calculate("round((" + quotient->value + ")*" + of(b) + ", 9)")->value ==
            std::to_string(a));
}

}  // namespace
}  // namespace headgate::agents
