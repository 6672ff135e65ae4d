// A provider's stream of Responses events to events of the neutral model. Items and content parts
// that a provider interleaves are put in sequence: what is not due yet is held back, within
// held_bytes_max. Text and arguments come from their deltas, or, where there were none, from the
// event or item that says them whole. The stream is whole with response.completed or
// response.incomplete; [DONE], unknown events and whatever follows the end are passed over.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat/codec.h"
#include "llm/responses_items/event_fields.h"
#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {

class StreamReader final : public chat::StreamReader {
 public:
  explicit StreamReader(const chat::Limits& limits = {}) : limits_(limits) {}

  base::Result<void> read(std::string_view name, std::string_view data, chat::Events& out) override;
  base::Result<void> finish(chat::Events& out) override;

 private:
  /// Which part of the answer an event speaks of.
  struct Key {
    std::int64_t item = 0;
    std::int64_t part = 0;
    bool summary = false;
    friend bool operator==(const Key&, const Key&) = default;
  };

  /// A part of the answer that has begun and not ended.
  struct Slot {
    Key key;
    chat::Part seed;
    chat::Events held;      // deltas, while another part is open
    bool has_text = false;  // text or arguments came
    bool has_annotations = false;
    bool has_logprobs = false;
    bool is_signed = false;
    bool said = false;  // whole, by the provider's word
    bool ended = false;
  };

  struct Item {
    std::int64_t index = 0;
    std::string id;
    chat::Part first;        // as its beginning told it: its extras are for a part of its kind
    std::vector<Key> parts;  // that have begun
    bool done = false;
  };

  enum class Sort : std::uint8_t { text, refusal, summary, thought };

  bool dispatch(std::string_view type, const EventFields& fields);
  bool text_event(std::string_view type, const EventFields& fields);
  bool reasoning_event(std::string_view type, const EventFields& fields);
  bool call_event(std::string_view type, const EventFields& fields);
  bool created(const EventFields& fields);
  bool item_added(const EventFields& fields);
  bool item_done(const EventFields& fields);
  void whole_item(Item& item, const std::vector<chat::Part>& parts);
  void sign_last(const Item& item, const chat::Part& part);
  bool part_added(const EventFields& fields);
  void part_done(const EventFields& fields);
  Slot* slot_for(Sort sort, const EventFields& fields);
  void text_piece(Slot* slot, bool is_done, const EventFields& fields);
  void whole_output(const chat::Candidate& candidate);
  bool terminal(std::string_view type, const EventFields& fields);
  void failed();

  Item& item_at(std::int64_t index);
  Slot* find(const Key& key);
  Slot* slot_at(const Key& key, chat::Part seed);
  void fill(Slot& slot, const chat::Part& part);
  void put(Slot& slot, chat::Delta::Kind kind, std::string value);
  void end_item(std::int64_t index);
  void end_said();
  void go_live(Slot& slot);
  void settle();
  void begin(const chat::Answer& answer);
  bool wrong(base::Errc code, std::string_view why);
  bool parse(const Reading& reading);

  chat::Limits limits_;
  std::deque<Slot> slots_;  // the first is the one that is open
  std::vector<Item> items_;
  std::size_t held_bytes_ = 0;
  std::uint32_t next_index_ = 0;  // of a part of the answer
  std::size_t parts_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  bool has_call_ = false;
  bool has_refusal_ = false;
  std::optional<base::Error> error_;
  chat::Events* out_ = nullptr;  // while an event is read
  std::string_view data_;        // likewise
};

}  // namespace headgate::llm::responses
