#include "gateway/degraded/queue_worker.h"

#include <gtest/gtest.h>

namespace headgate::gateway {
namespace {

// A call that is due again while it is being made would be made twice.
TEST(QueueWorker, TakesACallForLongerThanItMayTake) {
  const base::Duration to_begin = base::milliseconds(kTimeoutMax);   // routes.*.deadline_ms
  const base::Duration to_stream = base::milliseconds(kTimeoutMax);  // total_timeout_ms
  EXPECT_GT(kQueuedCallTakenFor, to_begin + to_stream);
}

}  // namespace
}  // namespace headgate::gateway
