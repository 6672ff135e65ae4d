// The output of a response before it is written: which items an answer becomes, with their ids, and
// each as JSON. Ids follow from the completion's, so that a body and a stream have the same. Plain
// values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lab/neutral/completion.h"
#include "lab/responses/items.h"
#include "lab/responses/request.h"

namespace headgate::lab::responses {

enum class Status : std::uint8_t { none, queued, in_progress, completed, incomplete, failed };
/// As JSON: "completed" in quotes, null for none.
std::string status_json(Status status);

struct OutputItem {
  enum class Kind : std::uint8_t { reasoning, message, function_call, custom_call };

  Kind kind = Kind::message;
  std::string id;
  Tokens tokens;  // of the summary, the content, the arguments
  bool is_refusal = false;
  std::string name;  // of the tool
  std::string call_id;
  std::string encrypted;
  std::string phase;  // empty: the model has none
};

struct Response {
  std::string id;
  Status status = Status::completed;
  std::string incomplete_reason;
  std::vector<OutputItem> output;
  std::string moderation;  // JSON; empty: null
};

Response response_of(const ResponsesRequest& request, const Completion& completion);

/// Of the item at `index` once it is done: only the last one is what an answer was cut in.
Status item_status(const Response& response, std::size_t index);
/// `begun`: as it is announced, empty.
std::string item_json(const OutputItem& item, Status status, bool begun = false);
/// A part of a message, or of the summary of thoughts.
std::string text_part(const OutputItem& item, std::string_view text);
std::string summary_part(std::string_view text);

/// What is stored of the output.
std::vector<Item> output_items(const Response& response);

}  // namespace headgate::lab::responses
