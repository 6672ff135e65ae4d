// Responses that Headgate keeps itself, so that previous_response_id works with every provider. An
// entry is one JSON text, {"response":{…},"input_items":[…],"previous_response_id":…}, made when an
// answer is over; the last member chains entries, whatever the provider was told. Here they are
// made, read and put together again; where they lie is not decided here. Pure; views point into the
// entries.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/chat/answer.h"
#include "llm/chat/codec.h"

namespace headgate::llm::responses {

/// The entry of a call: its request's own input (not what was put before it) with an id for every
/// item, and the Response object that the caller got or the provider sent.
/// Errors: invalid_json, upstream_malformed.
base::Result<std::string> stored_entry(std::string_view request_body,
                                       std::string_view response_json);
/// Of a call that was translated. The object keeps signatures that the caller did not ask for.
/// REQUIRES: context.request, the caller's request as it was decoded.
base::Result<std::string> stored_entry(const chat::Answer& answer,
                                       const chat::AnswerContext& context);

/// An entry, read.
struct Stored {
  std::string_view response;     // the answer to GET /v1/responses/{id}
  std::string_view input_items;  // a JSON array
  std::string_view output;       // likewise
  std::string id;
  std::string previous;  // id of a response; empty: the first of its chain
};
/// Errors: storage_failed: it is no entry.
base::Result<Stored> read_stored(std::string_view entry);

/// The items of a chain of entries, oldest first: of each its input and its output. Calls that were
/// cut off are left out. Instructions are none of them: they do not carry over.
base::Result<std::string> stored_items(std::span<const std::string_view> chain);

/// The follow-up with everything before it in its messages, and no previous_response_id.
base::Result<chat::Request> continued(chat::Request request,
                                      std::span<const std::string_view> chain,
                                      const chat::Limits& limits = {});

/// What GET /v1/responses/{id}/input_items was asked.
struct ListQuery {
  bool ascending = false;  // order=asc
  std::string_view after;  // id of an item; empty: from the start
  std::size_t limit = 20;  // 1 to 100
};
/// The list of everything that went into the last response of `chain`: the items before it and its
/// own input. Errors: invalid_request for an unknown `after`.
base::Result<std::string> input_items_body(std::span<const std::string_view> chain,
                                           const ListQuery& query);

/// The answer to DELETE /v1/responses/{id}.
std::string deleted_body(std::string_view id);

}  // namespace headgate::llm::responses
