// A call of the Responses API and the store, in three steps along its way: what it goes on from is
// read before it is prepared, put before its own input when it is, and its answer is stored before
// the caller sees its end. All on the call's loop; the store has a thread of its own.
#pragma once

#include "base/async/task.h"
#include "gateway/call.h"

namespace headgate::gateway {

/// Whether responses of this call live here and not at its provider. REQUIRES: the call's
/// upstream_dialect is known.
bool is_kept_here(const Call& call);
/// Whether its answer will be stored: it is kept here, and `store` is not false.
bool stores_answer(const Call& call);

/// Fills call.history; nothing when the call goes on from nothing that is stored here.
base::Task<void> recall(Call& call, CallTools& tools);

/// Puts call.history before `request` and takes out what concerns the store alone. Errors:
/// previous_response_not_found, when it goes on from what neither this store nor the provider has.
base::Result<void> join_history(const Call& call, llm::chat::Request& request);
/// The same for call.decoded; fills call.joined when what goes to the provider is not the same.
base::Result<void> join_history(Call& call);

/// Notes in call.entry what is to be stored of its answer; null: it was not kept whole. Does
/// nothing where none is stored. Errors: storage_failed.
base::Result<void> note_entry(Call& call, const llm::chat::Answer* answer);

/// Stores call.entry, committed when it returns. Does nothing without one, and while the call is
/// to be settled later: it may not be the answer that counts. Errors: storage_failed, cancelled.
base::Task<void> store_entry(Call& call, CallTools& tools);

}  // namespace headgate::gateway
