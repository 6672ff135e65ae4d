// A call of the Responses API and the store, in three steps along its way: what it goes on from is
// read before it is prepared, put before its own input when it is, and its answer is stored before
// the caller sees its end. All on the call's loop; the store has a thread of its own.
#pragma once

#include "base/async/task.h"
#include "gateway/call.h"

namespace headgate::gateway {

/// Whether the response of this attempt lives here and not at its provider.
bool is_kept_here(const Attempt& attempt);
/// Whether its answer will be stored: it is kept here, and `store` is not false.
bool stores_answer(const Attempt& attempt);

/// Fills call.history; nothing when the call goes on from nothing that is stored here.
base::Task<void> recall(Call& call, CallTools& tools);

/// Whether `request`, the caller's, goes to the provider without what join_history() does to it.
bool goes_as_asked(const Attempt& attempt, const llm::chat::Request& request);
/// Puts call.history before `request` and takes out what concerns the store alone. Errors:
/// previous_response_not_found, when it goes on from what neither this store nor the provider has.
base::Result<void> join_history(const Attempt& attempt, llm::chat::Request& request);

/// Notes in attempt.entry what is to be stored of its answer; null: it was not kept whole. Does
/// nothing where none is stored. Errors: storage_failed.
base::Result<void> note_entry(Attempt& attempt, const llm::chat::Answer* answer);

/// Stores attempt.entry, committed when it returns. Does nothing without one, and while the call is
/// to be settled later: it may not be the answer that counts. Errors: storage_failed, cancelled.
base::Task<void> store_entry(Attempt& attempt, CallTools& tools);

}  // namespace headgate::gateway
