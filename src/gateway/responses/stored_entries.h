// What whoever answers a call of the Responses API does with the store: reads what the call goes on
// from, and writes what it got. On the caller's loop; the store has a thread of its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/context.h"
#include "storage/responses/response_store.h"

namespace headgate::gateway {

/// The tenant's entries that end with the response `id`, oldest first; none: it is not stored here.
/// Errors: previous_response_not_found, when one before it is gone; storage_failed, overloaded,
/// cancelled.
base::Task<std::vector<std::string>> read_chain(base::Context& ctx, storage::ResponseStore& store,
                                                const std::string& id);

/// That no response has this id, in OpenAI's words.
base::Error no_previous_response(const std::string& id);

/// Stores an entry (llm/responses/stored.h); committed when it returns. Errors: storage_failed, in
/// words for a caller whose answer was made and is not stored; conflict, there is one with its id;
/// cancelled.
base::Task<void> write_entry(base::Context& ctx, storage::ResponseStore& store, std::string entry,
                             std::int64_t created_unix_us);

/// That it was made but not stored: an error that nobody repeats unasked, since it was paid for.
base::Error not_stored(const std::string& why);

}  // namespace headgate::gateway
