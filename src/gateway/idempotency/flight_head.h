// Heads of answers that go to more than one caller: what is the call's own (ids, trailers) is
// replaced, what is the answer's stays. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "gateway/idempotency/flight.h"
#include "http/message.h"

namespace headgate::gateway {

/// Whether an answer is less than was asked for: nobody who repeats the call shall get it again.
/// A call that is queued is one that was taken, so its id is.
bool is_degraded(const http::ReplyHead& head);
/// Of a kept answer's lines: it was 202, with the id of a queued call.
bool is_queued(std::string_view lines);
/// What of kept lines is the answer's, for whoever gets it.
void add_kept_lines(std::string_view lines, http::ReplyHead& out);

/// What the store keeps of an answer's head, and of the trailers of a stream, where its cost is.
std::string kept_lines(const http::ReplyHead& head, std::string_view trailers);

/// The head for the caller who made the call.
http::ReplyHead own_head(const FlightHead& head, bool takes_trailers);

/// The head for any other, with ids of theirs, told that it is a replay.
http::ReplyHead copied_head(const FlightHead& head, const base::Context& ctx, bool takes_trailers);

}  // namespace headgate::gateway
