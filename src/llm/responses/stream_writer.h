// A client's stream of Responses events, in the strictest order that the official SDK checks:
// created, in_progress, then each item from added to done with its parts inside, and one of
// completed, incomplete and failed. sequence_number counts from 0 without a gap; no [DONE] is sent.
// Of a stream that fails, unfinished calls are left out: half of one must not be run. Events of
// other candidates than the first are dropped, the dialect has one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "llm/chat/codec.h"
#include "llm/responses/response_object.h"

namespace headgate::llm::responses {

class StreamWriter final : public chat::StreamWriter {
 public:
  /// Keeps the answer, for the events that say it whole: up to held_bytes_max; beyond, it fails.
  /// `context.request` is read here and not kept.
  explicit StreamWriter(const chat::AnswerContext& context, const chat::Limits& limits = {});

  void write(const chat::Event& event, std::string& out) override;
  void keep_alive(std::string& out) override;
  void fail(const base::Error& error, std::string_view request_id, std::string& out) override;

 private:
  base::json::Writer open_event(std::string_view type);
  void close_event(base::json::Writer& event);
  base::json::Writer open_item_event(std::string_view type);
  void lifecycle(std::string_view type, const Outcome& outcome, std::string_view items);

  void begin(const chat::Begin& begin);
  void part_begins(const chat::PartBegin& begin);
  void open_item(const chat::Part& part);
  void close_item(std::string_view status);
  void open_part();
  void delta(const chat::Delta& delta);
  void text_delta(std::string_view value);
  void signature(const std::string& value);
  void annotations(std::string_view value);
  void annotation(std::string_view value);
  void logprobs(std::string_view value);
  void part_ends();
  void part_event(std::string_view type);
  void text_done();
  void stop(const chat::Stop& stop);
  void end();
  void failed(const chat::ProviderError& error);
  void error_event(const chat::ProviderError& error);

  ItemForm form(std::string_view status) const;
  bool is_raw() const;

  ResponseObject object_;
  const std::size_t held_bytes_max_;
  std::string* out_ = nullptr;  // while an event is written
  std::size_t data_begin_ = 0;
  std::int64_t sequence_ = 0;
  bool begun_ = false;
  bool over_ = false;

  std::string items_;  // that are done, comma by comma
  std::size_t index_ = 0;
  std::size_t held_bytes_ = 0;
  std::vector<chat::Part> parts_;  // of the open item; empty: none is open
  std::string id_;
  std::string item_logprobs_;
  bool in_part_ = false;         // the last of parts_ has not ended
  bool is_part_told_ = false;    // its beginning was sent
  bool skips_ = false;           // a part that has no place here
  std::size_t part_index_ = 0;   // of the open part within its list
  std::size_t summaries_ = 0;    // of the open item, told so far
  std::size_t contents_ = 0;     // likewise
  std::size_t annotations_ = 0;  // of the open part
  std::string part_logprobs_;    // likewise
  std::string due_logprobs_;     // of the next piece of text
  Outcome outcome_;
  std::optional<base::Usage> usage_;
};

}  // namespace headgate::llm::responses
