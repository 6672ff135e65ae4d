// One event of a Responses stream, read by one pass: every kind of event fills some of the fields.
// Views point into the event's data.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json/cursor.h"

namespace headgate::llm::responses {

struct EventFields {
  base::json::Text type;
  std::int64_t output_index = 0;
  std::int64_t content_index = 0;
  std::int64_t summary_index = 0;
  base::json::Text item_id;
  base::json::Text delta;
  base::json::Text whole;  // text, refusal, arguments or input: what the deltas made
  std::string_view item;   // objects and arrays as written
  std::string_view part;
  std::string_view response;
  std::string_view annotation;
  std::string_view logprobs;
  bool has_error = false;

  /// False: the cursor failed.
  bool read(base::json::Cursor& cursor);

 private:
  bool member(base::json::Cursor& cursor, std::string_view key);
};

}  // namespace headgate::llm::responses
