// An answer as the Responses API writes it: a Response object, or the stream of events that builds
// it up. The events are numbered without a gap, each item is announced, filled and closed, and the
// last event carries the whole object. Pure values and functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/neutral/family.h"
#include "lab/responses/items.h"
#include "lab/responses/request.h"

namespace headgate::lab::responses {

struct OutputItem {
  enum class Kind : std::uint8_t { reasoning, message, function_call, custom_call };

  Kind kind = Kind::message;
  std::string id;
  std::vector<Tokens> parts;  // summary, content, arguments
  bool is_refusal = false;
  std::string name;  // of the tool
  std::string call_id;
  std::string encrypted;
  std::string phase;  // empty: the model has none
};

enum class Status : std::uint8_t { none, queued, in_progress, completed, incomplete, failed };

/// An answer with its ids, before it is written.
struct Response {
  std::string id;
  Status status = Status::completed;
  std::string incomplete_reason;
  std::vector<OutputItem> output;
  std::string moderation;  // JSON; empty: null
};

/// Ids follow from the completion's.
Response response_of(const ResponsesRequest& request, const Completion& completion);

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

/// What is stored of the output.
std::vector<Item> output_items(const Response& response);

}  // namespace headgate::lab::responses
