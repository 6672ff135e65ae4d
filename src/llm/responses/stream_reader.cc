#include "llm/responses/stream_reader.h"

#include <algorithm>
#include <utility>

#include "base/text/strings.h"
#include "llm/responses/errors.h"
#include "llm/responses/response_object.h"
#include "llm/responses_items/content_decode.h"
#include "llm/responses_items/item_decode.h"
#include "llm/responses_items/part_pieces.h"

namespace headgate::llm::responses {

using base::Errc;
using base::json::Cursor;
using chat::Delta;
using chat::Part;

namespace {

bool is_filled(std::string_view array) {
  return array.size() > 2 && array.find_first_not_of(" \t\r\n", 1) != array.size() - 1;
}

bool in_message(const Part& part) { return part.as<chat::Text>() || part.as<chat::Refusal>(); }

bool same_sort(const Part& a, const Part& b) {
  return a.value.index() == b.value.index() || (in_message(a) && in_message(b));
}

bool is_done(std::string_view type) { return type.ends_with(".done"); }

Part thought_seed(const std::string& id, bool summary) {
  Part part;
  part.value = chat::Reasoning{
      .is_summary = summary, .id = id, .signature = {chat::Dialect::openai_responses, {}}};
  return part;
}

}  // namespace

base::Result<void> StreamReader::read(std::string_view name, std::string_view data,
                                      chat::Events& out) {
  if (error_) return *error_;
  if (ended_ || base::trim(data) == "[DONE]") return {};
  Cursor cursor(data, limits_.depth_max);
  EventFields fields;
  if (!fields.read(cursor)) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail = "the provider's stream has a malformed event: " + error.detail;
    error_ = std::move(error);
    return *error_;
  }
  out_ = &out;
  data_ = data;
  dispatch(fields.type.empty() ? name : fields.type.raw, fields);
  out_ = nullptr;
  if (error_) return *error_;
  return {};
}

base::Result<void> StreamReader::finish(chat::Events& /*out*/) {
  if (error_) return *error_;
  if (ended_) return {};
  return base::fail(Errc::upstream_truncated,
                    "the provider's stream ended before response.completed");
}

bool StreamReader::wrong(Errc code, std::string_view why) {
  if (!error_) error_ = base::fail(code, "the provider's stream is wrong: " + std::string(why));
  return false;
}

bool StreamReader::parse(const Reading& reading) {
  if (!error_) error_ = reading.error();
  return false;
}

bool StreamReader::dispatch(std::string_view type, const EventFields& fields) {
  constexpr std::string_view kPrefix = "response.";
  if (type == "error" || (fields.has_error && !type.starts_with(kPrefix))) {
    failed();
    return true;
  }
  if (!type.starts_with(kPrefix)) return true;
  type.remove_prefix(kPrefix.size());
  if (type == "created" || type == "queued" || type == "in_progress") return created(fields);
  if (type == "completed" || type == "incomplete" || type == "failed" || type == "cancelled") {
    return terminal(type, fields);
  }
  if (type == "output_item.added") return item_added(fields);
  if (type == "output_item.done") return item_done(fields);
  if (type == "content_part.added") return part_added(fields);
  if (type == "content_part.done") {
    part_done(fields);
    return true;
  }
  return text_event(type, fields);
}

bool StreamReader::text_event(std::string_view type, const EventFields& fields) {
  if (type == "output_text.delta" || type == "output_text.done") {
    text_piece(slot_for(Sort::text, fields), is_done(type), fields);
  } else if (type == "refusal.delta" || type == "refusal.done") {
    text_piece(slot_for(Sort::refusal, fields), is_done(type), fields);
  } else if (type == "output_text.annotation.added") {
    Slot* slot = fields.annotation.empty() ? nullptr : slot_for(Sort::text, fields);
    if (slot == nullptr) return true;
    slot->has_annotations = true;
    put(*slot, Delta::Kind::annotations, std::string(fields.annotation));
  } else {
    return reasoning_event(type, fields);
  }
  return true;
}

bool StreamReader::reasoning_event(std::string_view type, const EventFields& fields) {
  if (type == "reasoning_summary_part.added" || type == "reasoning_summary_part.done" ||
      type == "reasoning_summary_text.delta" || type == "reasoning_summary_text.done") {
    text_piece(slot_for(Sort::summary, fields), is_done(type), fields);
  } else if (type == "reasoning_text.delta" || type == "reasoning_text.done") {
    text_piece(slot_for(Sort::thought, fields), is_done(type), fields);
  } else {
    return call_event(type, fields);
  }
  return true;
}

// A call is known from its item; what comes before that is said again by the item when it is done.
bool StreamReader::call_event(std::string_view type, const EventFields& fields) {
  const bool ours = type == "function_call_arguments.delta" ||
                    type == "function_call_arguments.done" ||
                    type == "custom_tool_call_input.delta" || type == "custom_tool_call_input.done";
  Slot* slot = ours ? find({fields.output_index}) : nullptr;
  if (slot != nullptr && slot->seed.as<chat::ToolCall>()) text_piece(slot, is_done(type), fields);
  return true;
}

// The part that an event of text speaks of, begun now if it is new. Null: another kind of part has
// its place, or it is over.
StreamReader::Slot* StreamReader::slot_for(Sort sort, const EventFields& fields) {
  const bool summary = sort == Sort::summary;
  const Key key{fields.output_index, summary ? fields.summary_index : fields.content_index,
                summary};
  if (Slot* slot = find(key)) {
    const Part& seed = slot->seed;
    const bool fits = sort == Sort::text      ? seed.as<chat::Text>() != nullptr
                      : sort == Sort::refusal ? seed.as<chat::Refusal>() != nullptr
                                              : seed.as<chat::Reasoning>() != nullptr;
    return fits ? slot : nullptr;
  }
  const std::string id = fields.item_id.decode();
  Part seed;
  if (sort == Sort::refusal) seed.value = chat::Refusal{};
  if (summary || sort == Sort::thought) {
    seed = thought_seed(id, summary);
  } else {
    seed.item_id = id;
  }
  return slot_at(key, std::move(seed));
}

// A piece, or all of it where there were no pieces.
void StreamReader::text_piece(Slot* slot, bool is_whole, const EventFields& fields) {
  if (slot == nullptr) return;
  const bool takes_logprobs = slot->seed.as<chat::Text>() || slot->seed.as<chat::Refusal>();
  slot->said = slot->said || is_whole;
  if (takes_logprobs && is_filled(fields.logprobs) && !(is_whole && slot->has_logprobs)) {
    slot->has_logprobs = true;
    put(*slot, Delta::Kind::logprobs, std::string(fields.logprobs));
  }
  if (!is_whole) {
    put(*slot, kind_of(slot->seed), fields.delta.decode());
  } else if (!slot->has_text) {
    put(*slot, kind_of(slot->seed), fields.whole.decode());
  }
}

bool StreamReader::created(const EventFields& fields) {
  if (begun_ || fields.response.empty()) return true;
  Reading reading(fields.response, limits_, Reading::Side::provider);
  chat::Answer answer;
  Verdict verdict;
  if (!read_response(reading, false, answer, verdict)) return parse(reading);
  begin(answer);
  return true;
}

void StreamReader::begin(const chat::Answer& answer) {
  if (begun_) return;
  begun_ = true;
  out_->emplace_back(chat::Begin{answer.id, answer.model, answer.created_s});
}

StreamReader::Item& StreamReader::item_at(std::int64_t index) {
  const auto found = std::find_if(items_.rbegin(), items_.rend(),
                                  [&](const Item& item) { return item.index == index; });
  if (found != items_.rend()) return *found;
  items_.push_back({.index = index});
  return items_.back();
}

bool StreamReader::item_added(const EventFields& fields) {
  if (fields.item.empty()) return true;
  if (items_.size() >= limits_.parts_max) return wrong(Errc::upstream_too_large, "too many items");
  Reading reading(fields.item, limits_, Reading::Side::provider);
  reading.at = {"item", fields.output_index};
  responses::Item read;
  if (!decode_item(reading, read)) return parse(reading);
  end_said();
  Item& item = item_at(fields.output_index);
  if (read.parts.empty()) return true;
  Part& first = read.parts.front();
  const auto* thought = first.as<chat::Reasoning>();
  item.id = thought != nullptr ? thought->id : first.item_id;
  if (auto* call = first.as<chat::ToolCall>()) {
    call->signature.origin = chat::Dialect::gemini;  // whose alone stands on calls, at their end
    Slot* slot = slot_at({fields.output_index}, seed_of(first));
    if (slot != nullptr) fill(*slot, first);
  } else {
    item.first = std::move(first);
  }
  return !error_;
}

bool StreamReader::part_added(const EventFields& fields) {
  if (fields.part.empty()) return true;
  if (peek_type(Cursor(fields.part)) == "reasoning_text") {
    slot_for(Sort::thought, fields);
    return !error_;
  }
  Reading reading(fields.part, limits_, Reading::Side::provider);
  std::string logprobs;
  reading.logprobs = &logprobs;
  Part part;
  if (!decode_part(reading, part)) return parse(reading);
  if (!part.as<chat::Text>() && !part.as<chat::Refusal>()) return true;
  Slot* slot = slot_at({fields.output_index, fields.content_index}, seed_of(part));
  if (slot != nullptr) fill(*slot, part);
  return !error_;
}

void StreamReader::part_done(const EventFields& fields) {
  Slot* slot = find({fields.output_index, fields.content_index});
  if (slot == nullptr || slot->seed.as<chat::Reasoning>()) return;
  Reading reading(fields.part, limits_, Reading::Side::provider);
  std::string logprobs;
  reading.logprobs = &logprobs;
  Part part;
  if (!fields.part.empty() && decode_part(reading, part)) {
    if (!slot->has_logprobs && !logprobs.empty()) put(*slot, Delta::Kind::logprobs, logprobs);
    fill(*slot, part);
  }
  slot->ended = true;
  settle();
}

bool StreamReader::item_done(const EventFields& fields) {
  if (fields.item.empty()) return true;
  Reading reading(fields.item, limits_, Reading::Side::provider);
  reading.at = {"item", fields.output_index};
  responses::Item read;
  std::string logprobs;
  reading.logprobs = &logprobs;
  if (!decode_item(reading, read)) return parse(reading);
  if (items_.size() >= limits_.parts_max) return wrong(Errc::upstream_too_large, "too many items");
  Item& item = item_at(fields.output_index);
  if (item.done) return true;
  whole_item(item, read.parts);
  item.done = true;
  end_item(fields.output_index);
  settle();
  return !error_;
}

// What a whole item adds to the pieces that came: parts that had none, and signatures.
void StreamReader::whole_item(Item& item, const std::vector<Part>& parts) {
  std::int64_t summaries = 0;
  std::int64_t contents = 0;
  const bool begun = !item.parts.empty();
  for (const Part& part : parts) {
    const auto* thought = part.as<chat::Reasoning>();
    const bool summary = thought != nullptr && thought->is_summary;
    const Key key{item.index, summary ? summaries++ : contents++, summary};
    Slot* slot = find(key);
    const std::string* whole = text_of(part);
    const bool empty = whole != nullptr && whole->empty();
    if (slot == nullptr && !(begun && empty)) slot = slot_at(key, seed_of(part));
    if (slot != nullptr) fill(*slot, part);
  }
  if (begun && !parts.empty()) sign_last(item, parts.back());
}

// The signature of a reasoning item belongs to the last of its pieces.
void StreamReader::sign_last(const Item& item, const Part& part) {
  const auto last = std::find_if(slots_.rbegin(), slots_.rend(), [&](const Slot& slot) {
    return slot.key.item == item.index && !slot.ended;
  });
  if (last == slots_.rend() || last->is_signed) return;
  std::string signature = signature_of(part, last->seed);
  last->is_signed = !signature.empty();
  put(*last, Delta::Kind::signature, std::move(signature));
}

// What `part` says and the slot has not heard yet.
void StreamReader::fill(Slot& slot, const Part& part) {
  if (slot.seed.value.index() != part.value.index()) return;
  const std::string* whole = text_of(part);
  if (whole != nullptr && !slot.has_text) put(slot, kind_of(part), *whole);
  if (const auto* said = part.as<chat::Text>(); said && !slot.has_annotations) {
    slot.has_annotations = !said->annotations.empty();
    put(slot, Delta::Kind::annotations, said->annotations);
  }
  std::string signature = slot.is_signed ? std::string() : signature_of(part, slot.seed);
  slot.is_signed = slot.is_signed || !signature.empty();
  put(slot, Delta::Kind::signature, std::move(signature));
}

StreamReader::Slot* StreamReader::find(const Key& key) {
  const auto found = std::find_if(slots_.rbegin(), slots_.rend(),
                                  [&](const Slot& slot) { return slot.key == key && !slot.ended; });
  return found == slots_.rend() ? nullptr : &*found;
}

// Begins the part of that key. Null: it has been before, or something is wrong.
StreamReader::Slot* StreamReader::slot_at(const Key& key, Part seed) {
  Item& item = item_at(key.item);
  const bool known = std::find(item.parts.begin(), item.parts.end(), key) != item.parts.end();
  if (item.done || known) return nullptr;
  if (++parts_ > limits_.parts_max) {
    wrong(Errc::upstream_too_large, "too many parts");
    return nullptr;
  }
  // Members of a reasoning item would be other ones in a message.
  if (seed.extras.empty() && same_sort(item.first, seed)) seed.extras = item.first.extras;
  item.first = {};
  item.parts.push_back(key);
  if (auto* thought = seed.as<chat::Reasoning>()) {
    if (thought->id.empty()) thought->id = item.id;
    // Pieces of reasoning follow one another; only the end of their item comes after the last.
    end_item(key.item);
    settle();
  } else if (seed.item_id.empty()) {
    seed.item_id = item.id;
  }
  has_call_ = has_call_ || seed.as<chat::ToolCall>();
  has_refusal_ = has_refusal_ || seed.as<chat::Refusal>();
  Slot& slot = slots_.emplace_back();
  slot.key = key;
  slot.seed = std::move(seed);
  if (slots_.size() == 1) go_live(slot);
  return &slot;
}

void StreamReader::go_live(Slot& slot) {
  begin({});
  const std::uint32_t index = next_index_++;
  out_->emplace_back(chat::PartBegin{0, index, slot.seed});
  for (chat::Event& event : slot.held) {
    auto& delta = std::get<Delta>(event);
    held_bytes_ -= delta.value.size();
    delta.index = index;
    out_->push_back(std::move(event));
  }
  slot.held.clear();
}

void StreamReader::put(Slot& slot, Delta::Kind kind, std::string value) {
  if (value.empty()) return;
  slot.has_text = slot.has_text || kind == Delta::Kind::text || kind == Delta::Kind::arguments ||
                  kind == Delta::Kind::data;
  if (&slot == &slots_.front()) {
    out_->emplace_back(Delta{0, next_index_ - 1, kind, std::move(value)});
    return;
  }
  held_bytes_ += value.size();
  if (held_bytes_ > limits_.held_bytes_max) {
    wrong(Errc::upstream_too_large, "too much of it is interleaved");
    return;
  }
  slot.held.emplace_back(Delta{0, 0, kind, std::move(value)});
}

void StreamReader::end_item(std::int64_t index) {
  for (Slot& slot : slots_) slot.ended = slot.ended || slot.key.item == index;
}

// Parts that were said whole are over when another item begins, told or not.
void StreamReader::end_said() {
  for (Slot& slot : slots_) {
    slot.ended = slot.ended || (slot.said && !slot.seed.as<chat::Reasoning>());
  }
  settle();
}

void StreamReader::settle() {
  while (!slots_.empty() && slots_.front().ended) {
    out_->emplace_back(chat::PartEnd{0, next_index_ - 1});
    slots_.pop_front();
    if (!slots_.empty()) go_live(slots_.front());
  }
}

bool StreamReader::terminal(std::string_view type, const EventFields& fields) {
  Reading reading(fields.response.empty() ? "{}" : fields.response, limits_,
                  Reading::Side::provider);
  const bool whole = parts_ == 0 && type != "failed" && type != "cancelled";
  chat::Answer answer;
  Verdict verdict;
  if (!read_response(reading, whole, answer, verdict)) return parse(reading);
  if (type == "failed" || type == "cancelled") {
    if (begun_ && answer.usage) out_->emplace_back(chat::UsageSeen{*answer.usage});
    ended_ = true;
    if (!verdict.error)
      verdict.error = chat::ProviderError{.message = "response " + std::string(type)};
    out_->emplace_back(chat::Failed{*std::move(verdict.error)});
    return true;
  }
  begin(answer);
  if (whole && !answer.candidates.empty()) whole_output(answer.candidates.front());
  for (Slot& slot : slots_) slot.ended = true;
  settle();
  if (verdict.status.empty() || type == "incomplete") verdict.status = type;
  out_->emplace_back(
      chat::Stop{0, stop_of(verdict, has_call_, has_refusal_), native_of(verdict), {}});
  if (answer.usage) out_->emplace_back(chat::UsageSeen{*answer.usage});
  out_->emplace_back(chat::End{});
  ended_ = true;
  return true;
}

// Of a stream that said nothing until its end.
void StreamReader::whole_output(const chat::Candidate& candidate) {
  constexpr std::int64_t kBehindAll = std::int64_t{1} << 62;
  Key key{kBehindAll};
  std::string_view logprobs = candidate.logprobs;
  for (const Part& part : candidate.parts) {
    Slot* slot = slot_at(key, seed_of(part));
    if (slot == nullptr) return;
    fill(*slot, part);
    if (part.as<chat::Text>()) {
      put(*slot, Delta::Kind::logprobs, std::string(std::exchange(logprobs, {})));
    }
    slot->ended = true;
    settle();
    ++key.item;
  }
}

void StreamReader::failed() {
  ended_ = true;
  std::optional<chat::ProviderError> error = read_error_body(data_);
  if (!error) error = chat::ProviderError{.message = "the provider's stream failed"};
  if (error->type == "error") error->type.clear();  // the event's own
  out_->emplace_back(chat::Failed{*std::move(error)});
}

}  // namespace headgate::llm::responses
