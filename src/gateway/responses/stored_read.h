// What callers do with a stored response: read it, list what went into it, delete it. A tenant sees
// its own; any other id is one that does not exist, in OpenAI's words. On the caller's loop; the
// store has a thread of its own.
#pragma once

#include <string>

#include "base/async/task.h"
#include "base/context.h"
#include "llm/responses/stored.h"
#include "storage/responses/response_store.h"

namespace headgate::gateway {

/// The Response object. Errors of all three: response_not_found, storage_failed, overloaded,
/// cancelled.
base::Task<std::string> read_response(base::Context& ctx, storage::ResponseStore& store,
                                      const std::string& id);
/// A page of the items that it answered. Also invalid_request, for an unknown query.after.
base::Task<std::string> read_input_items(base::Context& ctx, storage::ResponseStore& store,
                                         const std::string& id,
                                         const llm::responses::ListQuery& query);
/// What says that it is gone.
base::Task<std::string> delete_response(base::Context& ctx, storage::ResponseStore& store,
                                        const std::string& id);

}  // namespace headgate::gateway
