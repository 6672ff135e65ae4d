#include "server/build_catalog.h"

#include <gtest/gtest.h>

namespace headgate::server {
namespace {

using resilience::BreakerState;

Config config(const std::string& more) {
  auto loaded = parse_config(
      "providers:\n"
      "  local:\n"
      "    base_url: http://127.0.0.1:9\n" +
          more + "models: {m: {provider: local}}\n",
      "/", base::config::Check::file_only);
  for (const auto& problem : loaded.problems) ADD_FAILURE() << problem.what;
  return std::move(loaded.value);
}

class BuildCatalogTest : public testing::Test {
 protected:
  // As the server does on reload; false: refused.
  bool reload(const Config& next) {
    gateway::HealthDraft draft(health_);
    const auto catalog = build_catalog(next, proxies_, draft, 0);
    if (catalog) draft.take();
    return catalog.has_value();
  }
  int limit() { return health_.all_slots().front()->state().limit; }

  http::ProxyEnvironment proxies_;
  gateway::Health health_;
};

TEST_F(BuildCatalogTest, ChangesNothingWhenItIsRefused) {
  ASSERT_TRUE(reload(config("    concurrency: {max: 3}\n")));
  Config broken = config("    concurrency: {max: 1}\n");
  broken.cost.price_book = "/nowhere/prices.yaml";  // found out last
  EXPECT_FALSE(reload(broken));
  EXPECT_EQ(limit(), 3);
  EXPECT_TRUE(reload(config("    concurrency: {max: 1}\n")));
  EXPECT_EQ(limit(), 1);
}

TEST_F(BuildCatalogTest, KnowsNoTargetOfARefusedConfiguration) {
  Config broken = config("");
  broken.cost.price_book = "/nowhere/prices.yaml";
  EXPECT_FALSE(reload(broken));
  EXPECT_TRUE(health_.targets().empty());
  EXPECT_TRUE(reload(config("")));
  EXPECT_NE(health_.target("local", "m"), nullptr);
}

TEST_F(BuildCatalogTest, LeavesForcedBreakersForced) {
  ASSERT_TRUE(reload(config("")));
  health_.target("local", "m")->force(BreakerState::forced_open);
  EXPECT_TRUE(reload(config("    breaker: {failures: 3}\n")));
  EXPECT_EQ(health_.target("local", "m")->state({}).breaker, BreakerState::forced_open);
}

}  // namespace
}  // namespace headgate::server
