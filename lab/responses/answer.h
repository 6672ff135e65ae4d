// An answer as the Responses API writes it: a Response object, or the stream of events that builds
// it up. The events are numbered without a gap, each item is announced, filled and closed, and the
// last event carries the whole object. Pure values and functions.
#pragma once

#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"
#include "lab/responses/output.h"
#include "lab/responses/request.h"

namespace headgate::lab::responses {

/// The object; `status` says at which moment.
std::string response_body(const ResponsesRequest& request, const Response& response,
                          const Completion& completion, Status status);
/// With `error` in it, and status failed.
std::string failed_body(const ResponsesRequest& request, const Response& response,
                        const Completion& completion, int status);

std::vector<StreamEvent> response_stream(const ResponsesRequest& request, const Response& response,
                                         const Completion& completion,
                                         const StreamOptions& options);
/// What ends a stream in an error after `events` events: unless `quietly`, an event that says so;
/// then the failed response.
std::string failure_events(const ResponsesRequest& request, const Response& response,
                           const Completion& completion, const StreamError& error);

}  // namespace headgate::lab::responses
