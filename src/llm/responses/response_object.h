// The Response object, which is a whole answer and also stands in the first and last events of a
// stream: reading a provider's, writing ours around the items of its output. What it repeats of the
// request is put together once. One writer an answer or stream; owned by whoever writes that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat/codec.h"
#include "llm/responses_items/item_encode.h"
#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {

/// What a Response says of how it went.
struct Verdict {
  std::string status;             // empty: not said
  std::string incomplete_reason;  // likewise
  std::optional<chat::ProviderError> error;
  bool has_output = false;  // the member was there
};

/// Reads the Response that is next. `answer` gets id, model, time and usage, and, when `whole`, the
/// output as parts of its one candidate and the members that nobody here knows.
bool read_response(Reading& reading, bool whole, chat::Answer& answer, Verdict& verdict);

/// Why a response that is over ended, from what it says and what it holds; and its own word for it.
chat::StopReason stop_of(const Verdict& verdict, bool has_call, bool has_refusal);
std::string native_of(const Verdict& verdict);

/// How an answer went, as the object says it.
struct Outcome {
  std::string_view status = "in_progress";
  std::string_view reason;                     // incomplete_details; empty: null
  const chat::ProviderError* error = nullptr;  // null: null
  const base::Usage* usage = nullptr;          // likewise
  const chat::Extras* extras = nullptr;        // members of the provider's own, of this API
};
/// An unknown reason is "incomplete": no client shall take such an answer for a whole one.
Outcome outcome_of(chat::StopReason stop, std::string_view native);

class ResponseObject {
 public:
  explicit ResponseObject(const chat::AnswerContext& context);

  /// What the provider said, empty or 0 where it did not.
  void begin(std::string_view id, std::string_view model, std::int64_t created_s);

  const std::string& id() const { return id_; }
  /// Of the item of `part`, which is item `index` of the output: its own, if no other has it.
  std::string item_id(const chat::Part& part, std::size_t index);
  /// Whether the caller asked for encrypted reasoning.
  bool asks_for_signatures() const { return asks_for_signatures_; }

  /// `items`: of the output, comma by comma.
  void write(base::json::Writer& out, const Outcome& outcome, std::string_view items) const;

 private:
  static void write_error(base::json::Writer& out, const chat::ProviderError* error);
  static void write_rest(base::json::Writer& out, const Outcome& outcome);

  std::string id_;
  std::string model_;
  std::int64_t created_s_;
  std::string tier_;
  std::string before_;  // members, comma by comma
  std::string behind_;
  std::vector<std::string> taken_;  // ids of items
  bool asks_for_signatures_ = false;
};

}  // namespace headgate::llm::responses
