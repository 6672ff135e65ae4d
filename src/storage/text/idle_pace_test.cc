#include "storage/text/idle_pace.h"

#include <gtest/gtest.h>

namespace headgate::storage::text {
namespace {

base::Duration had{};
base::Duration others() { return had; }

TEST(IdlePace, work_rests_while_the_process_is_busy_and_not_too_much_waits) {
  had = base::Duration{};
  IdlePace pace(100, others, 2);
  base::MonoTime now = base::MonoTime{} + base::seconds(1000);
  EXPECT_TRUE(pace.allows(now, 1));
  now += base::seconds(1);
  had += base::milliseconds(1500);  // of 2000
  EXPECT_FALSE(pace.allows(now, 1));
  EXPECT_FALSE(pace.allows(now, 100));
  EXPECT_TRUE(pace.allows(now, 101));
  now += base::milliseconds(100);  // too soon to look again
  EXPECT_FALSE(pace.allows(now, 1));
  now += base::seconds(1);
  had += base::milliseconds(100);
  EXPECT_TRUE(pace.allows(now, 1));
}

TEST(IdlePace, reads_the_time_of_this_process) {
  IdlePace pace(0);
  const base::RealClock clock;
  pace.allows(clock.now(), 1);
  EXPECT_TRUE(pace.allows(clock.now(), 1));
}

}  // namespace
}  // namespace headgate::storage::text
