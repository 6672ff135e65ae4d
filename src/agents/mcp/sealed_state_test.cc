// What a sealed state is good for, and that it is good for nothing else.
#include "agents/mcp/sealed_state.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace headgate::agents::mcp {
namespace {

constexpr std::int64_t kNow = 1'800'000'000'000'000;
constexpr std::int64_t kAge = 600'000'000;
constexpr StateBinding kMine{"key-1", "request-1"};

TEST(SealedState, IsBoundToPrincipalRequestAndAge) {
  const StateSealer sealer;
  const auto sealed = sealer.seal("secret words", kMine, kNow);
  ASSERT_TRUE(sealed.has_value());
  EXPECT_EQ(sealed->find("secret"), std::string::npos);
  EXPECT_EQ(*sealer.open(*sealed, kMine, kNow + kAge, kAge), "secret words");
  EXPECT_FALSE(sealer.open(*sealed, kMine, kNow + kAge + 1, kAge).has_value());
  EXPECT_FALSE(sealer.open(*sealed, {"key-2", "request-1"}, kNow, kAge).has_value());
  EXPECT_FALSE(sealer.open(*sealed, {"key-1", "request-2"}, kNow, kAge).has_value());
  EXPECT_FALSE(StateSealer().open(*sealed, kMine, kNow, kAge).has_value());
}

TEST(SealedState, ASecretOutlivesTheProcess) {
  const auto sealed = StateSealer("s").seal("x", kMine, kNow);
  EXPECT_EQ(*StateSealer("s").open(*sealed, kMine, kNow, kAge), "x");
  EXPECT_FALSE(StateSealer("t").open(*sealed, kMine, kNow, kAge).has_value());
}

TEST(SealedState, TheSameStateLooksDifferentEachTime) {
  const StateSealer sealer;
  EXPECT_NE(*sealer.seal("x", kMine, kNow), *sealer.seal("x", kMine, kNow));
}

TEST(SealedState, HasABound) {
  const StateSealer sealer;
  const std::string most(StateSealer::kStateBytesMax, 'x');
  const auto sealed = sealer.seal(most, kMine, kNow);
  ASSERT_TRUE(sealed.has_value());
  EXPECT_EQ(*sealer.open(*sealed, kMine, kNow, kAge), most);
  EXPECT_FALSE(sealer.seal(most + "x", kMine, kNow).has_value());
}

RC_GTEST_PROP(SealedState, NoChangeOfAByteIsTaken, (const std::string& state)) {
  const StateSealer sealer("for repetition");
  const auto sealed = sealer.seal(state, kMine, kNow);
  RC_ASSERT(sealed.has_value());
  RC_ASSERT(*sealer.open(*sealed, kMine, kNow, kAge) == state);
  std::string changed = *sealed;
  const std::size_t digits = changed.find_last_not_of('=') + 1;
  const auto at = *rc::gen::inRange<std::size_t>(0, digits);
  const char other = *rc::gen::elementOf(std::string("ABCDwxyz0189"));
  RC_PRE(changed[at] != other);
  changed[at] = other;
  const auto opened = sealer.open(changed, kMine, kNow, kAge);
  // The last digit may carry bits that are no part of a byte.
  RC_ASSERT(!opened || (at + 1 == digits && *opened == state));
}

RC_GTEST_PROP(SealedState, NothingElseOpens, (const std::string& bytes)) {
  RC_ASSERT(!StateSealer("k").open(bytes, kMine, kNow, kAge));
}

}  // namespace
}  // namespace headgate::agents::mcp
