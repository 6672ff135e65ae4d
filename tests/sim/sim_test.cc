// The simulator itself: the same seed is the same run, every fault strikes, and every bug that is
// planted is found, by the invariant that is there for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "world.h"

namespace headgate::sim {
namespace {

constexpr std::uint64_t kSeeds = 40;

class SimTest : public testing::Test {
 protected:
  static Costly& costly() {
    static Costly made;
    return made;
  }
};

TEST_F(SimTest, TheSameSeedIsTheSameRun) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Verdict one = run_world(seed, costly());
    const Verdict two = run_world(seed, costly());
    EXPECT_EQ(one.hash, two.hash) << "seed " << seed;
    EXPECT_EQ(one.events, two.events) << "seed " << seed;
    hashes.insert(one.hash);
  }
  EXPECT_EQ(hashes.size(), kSeeds) << "different seeds are different runs";
}

TEST_F(SimTest, ARunThatDrawsFromTheKernelDoesNotRepeat) {
  const Verdict one = run_world(1, costly(), Plant::real_random);
  const Verdict two = run_world(1, costly(), Plant::real_random);
  EXPECT_NE(one.hash, two.hash);
}

TEST_F(SimTest, EveryFaultStrikesAndMostRequestsAreAnswered) {
  std::array<int, kFaultCount> struck{};
  std::size_t requests = 0;
  std::size_t answers = 0;
  for (std::uint64_t seed = 1; seed <= 4 * kSeeds; ++seed) {
    const Verdict verdict = run_world(seed, costly());
    for (std::size_t i = 0; i < kFaultCount; ++i) struck.at(i) += verdict.struck.at(i);
    requests += verdict.requests;
    answers += verdict.answers;
  }
  for (std::size_t i = 1; i < kFaultCount; ++i) {
    EXPECT_GT(struck.at(i), 0) << name(static_cast<Fault>(i));
  }
  EXPECT_GT(answers, requests / 2);
  EXPECT_LT(answers, requests);
}

TEST_F(SimTest, EveryInvariantHasAPlantThatBreaksIt) {
  for (const auto name : invariant_names()) {
    EXPECT_TRUE(std::any_of(kPlants.begin(), kPlants.end(), [&](const PlantRow& row) {
      return row.found_by == name;
    })) << name;
  }
}

class PlantTest : public SimTest, public testing::WithParamInterface<PlantRow> {};

TEST_P(PlantTest, IsFoundByItsInvariant) {
  const PlantRow& row = GetParam();
  for (std::uint64_t seed = 1; seed <= 4 * kSeeds; ++seed) {
    const Verdict verdict = run_world(seed, costly(), row.plant);
    if (!verdict.violation) continue;
    EXPECT_EQ(verdict.violation->invariant, row.found_by) << verdict.violation->what;
    return;
  }
  ADD_FAILURE() << row.name << " was not found";
}

// The first is no bug, the last is for the test of the repetition.
INSTANTIATE_TEST_SUITE_P(Plants, PlantTest,
                         testing::ValuesIn(kPlants.begin() + 1, kPlants.end() - 1),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace headgate::sim
