// Waiting within a call: for a time, on the loop's timer wheel, or until the caller goes away.
// Nothing is held meanwhile but the coroutine's frame. Runs on the call's loop and resumes there,
// never from within whoever fires the timer or cancels.
#pragma once

#include "base/async/task.h"
#include "base/clock.h"
#include "base/context.h"

namespace headgate::gateway {

/// Suspends for `time`. Errors: cancelled, when the caller goes away meanwhile.
base::Task<void> pause(base::Context& ctx, base::Duration time);

}  // namespace headgate::gateway
