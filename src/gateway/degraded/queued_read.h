// Queued calls as their callers see them: what says that one was queued, and what is known of it
// later. On the caller's loop; the store has a thread of its own.
#pragma once

#include <string>

#include "base/async/task.h"
#include "base/context.h"
#include "http/message.h"
#include "storage/queued/queued_call_store.h"

namespace headgate::gateway {

/// A whole reply.
struct QueuedSight {
  http::ReplyHead head;
  std::string body;
};

/// Of one that is still to be made. Times in seconds since 1970.
QueuedSight waiting_sight(const base::Context& ctx, const std::string& id, std::int64_t created_s,
                          std::int64_t expires_s);

/// Errors: not_found, where the caller's tenant has none of this id.
base::Task<QueuedSight> read_queued(base::Context& ctx, storage::QueuedCallStore& store,
                                    const std::string& id);

}  // namespace headgate::gateway
