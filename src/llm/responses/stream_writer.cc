#include "llm/responses/stream_writer.h"

#include <algorithm>
#include <utility>

#include "llm/responses/errors.h"
#include "llm/responses_items/carrier.h"
#include "llm/responses_items/part_pieces.h"

namespace headgate::llm::responses {
namespace {

using base::json::Writer;
using chat::Delta;
using chat::Part;

// "[1]" and "[2]" make "[1,2]".
void join(std::string& array, std::string_view more) {
  if (array.empty()) {
    array = more;
  } else {
    array.back() = ',';
    array.append(more, 1);
  }
}

bool in_message(const Part& part) { return part.as<chat::Text>() || part.as<chat::Refusal>(); }

}  // namespace

StreamWriter::StreamWriter(const chat::AnswerContext& context, const chat::Limits& limits)
    : object_(context), held_bytes_max_(limits.held_bytes_max) {}

void StreamWriter::write(const chat::Event& event, std::string& out) {
  if (over_) return;
  out_ = &out;
  if (const auto* first = std::get_if<chat::Begin>(&event)) {
    begin(*first);
  } else if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
    if (part->candidate == 0) part_begins(*part);
  } else if (const auto* piece = std::get_if<Delta>(&event)) {
    if (piece->candidate == 0) delta(*piece);
  } else if (const auto* part_end = std::get_if<chat::PartEnd>(&event)) {
    if (part_end->candidate == 0) part_ends();
  } else if (const auto* last = std::get_if<chat::Stop>(&event)) {
    if (last->candidate == 0) stop(*last);
  } else if (const auto* seen = std::get_if<chat::UsageSeen>(&event)) {
    usage_ = seen->usage;
  } else if (const auto* broken = std::get_if<chat::Failed>(&event)) {
    failed(broken->error);
  } else {
    end();
  }
  out_ = nullptr;
}

void StreamWriter::keep_alive(std::string& out) {
  if (!over_) out += ": keep-alive\n\n";
}

void StreamWriter::fail(const base::Error& error, std::string_view /*request_id*/,
                        std::string& out) {
  if (over_) return;
  out_ = &out;
  failed(provider_error(error));
  out_ = nullptr;
}

Writer StreamWriter::open_event(std::string_view type) {
  *out_ += "event: ";
  *out_ += type;
  *out_ += "\ndata: ";
  data_begin_ = out_->size();
  Writer event(*out_);
  event.begin_object();
  event.member("type", type);
  event.member("sequence_number", sequence_++);
  return event;
}

// JSON that passed as it was written may hold line ends between its tokens; an event may not.
void StreamWriter::close_event(Writer& event) {
  event.end_object();
  const auto is_line_end = [](char c) { return c == '\n' || c == '\r'; };
  std::replace_if(out_->begin() + static_cast<std::ptrdiff_t>(data_begin_), out_->end(),
                  is_line_end, ' ');
  *out_ += "\n\n";
}

Writer StreamWriter::open_item_event(std::string_view type) {
  Writer event = open_event(type);
  event.member("item_id", id_);
  event.member("output_index", static_cast<std::int64_t>(index_));
  return event;
}

void StreamWriter::lifecycle(std::string_view type, const Outcome& outcome,
                             std::string_view items) {
  Writer event = open_event(type);
  event.key("response");
  object_.write(event, outcome, items);
  close_event(event);
}

ItemForm StreamWriter::form(std::string_view status) const {
  ItemForm form;
  form.id = id_;
  form.status = status;
  form.logprobs = item_logprobs_;
  form.is_own = is_own_part(parts_.front());
  form.carries_signatures = object_.asks_for_signatures();
  return form;
}

bool StreamWriter::is_raw() const {
  const auto* thought = parts_.back().as<chat::Reasoning>();
  return thought != nullptr && is_raw_thought(*thought);
}

void StreamWriter::begin(const chat::Begin& begin) {
  if (std::exchange(begun_, true)) return;
  object_.begin(begin.id, begin.model, begin.created_s);
  lifecycle("response.created", {}, {});
  lifecycle("response.in_progress", {}, {});
}

void StreamWriter::part_begins(const chat::PartBegin& begin) {
  this->begin({});
  skips_ = !has_item(begin.part);
  if (skips_) return close_item("completed");
  if (parts_.empty() || !same_item(parts_.back(), begin.part)) {
    close_item("completed");
    open_item(begin.part);
  } else {
    parts_.push_back(begin.part);
  }
  in_part_ = true;
  is_part_told_ = false;
  annotations_ = 0;
  part_logprobs_.clear();
  due_logprobs_.clear();
  if (in_message(begin.part)) open_part();
}

void StreamWriter::open_item(const Part& part) {
  parts_.push_back(part);
  id_ = object_.item_id(part, index_);
  item_logprobs_.clear();
  summaries_ = 0;
  contents_ = 0;
  Writer event = open_event("response.output_item.added");
  event.member("output_index", static_cast<std::int64_t>(index_));
  event.key("item");
  write_begun_item(event, part, form("in_progress"));
  close_event(event);
}

void StreamWriter::close_item(std::string_view status) {
  if (parts_.empty()) return;
  std::string item;
  Writer written(item);
  write_item(written, parts_, form(status));
  Writer event = open_event("response.output_item.done");
  event.member("output_index", static_cast<std::int64_t>(index_));
  event.member_raw("item", item);
  close_event(event);
  if (!items_.empty()) items_ += ',';
  items_ += item;
  parts_.clear();
  ++index_;
}

// The beginning of a piece within the item. Of reasoning it waits for a text: there may be none.
void StreamWriter::open_part() {
  is_part_told_ = true;
  const bool summary = !in_message(parts_.back()) && !is_raw();
  part_index_ = summary ? summaries_++ : contents_++;
  part_event(summary ? "response.reasoning_summary_part.added" : "response.content_part.added");
}

// content_part and reasoning_summary_part, added and done.
void StreamWriter::part_event(std::string_view type) {
  const Part& part = parts_.back();
  Writer event = open_item_event(type);
  const auto index = static_cast<std::int64_t>(part_index_);
  ItemForm said = form({});
  said.logprobs = part_logprobs_;
  if (const auto* thought = part.as<chat::Reasoning>()) {
    const bool raw = is_raw_thought(*thought);
    event.member(raw ? "content_index" : "summary_index", index);
    event.key("part");
    write_thought(event, part, raw, said);
  } else {
    event.member("content_index", index);
    event.key("part");
    part.as<chat::Text>() ? write_output_text(event, part, said) : write_refusal(event, part, said);
  }
  close_event(event);
}

void StreamWriter::delta(const Delta& delta) {
  if (skips_ || !in_part_) return;
  held_bytes_ += delta.value.size();
  if (held_bytes_ > held_bytes_max_) {
    return failed(provider_error(base::fail(
        base::Errc::upstream_too_large, "the answer is longer than a stream of this API may be")));
  }
  switch (delta.kind) {
    case Delta::Kind::text:
    case Delta::Kind::arguments: return text_delta(delta.value);
    case Delta::Kind::signature: return signature(delta.value);
    case Delta::Kind::annotations: return annotations(delta.value);
    case Delta::Kind::logprobs: return logprobs(delta.value);
    case Delta::Kind::data:
      if (auto* media = parts_.back().as<chat::Media>()) media->data += delta.value;
      return;
    case Delta::Kind::opaque: return;
  }
}

void StreamWriter::text_delta(std::string_view value) {
  Part& part = parts_.back();
  std::string_view type;
  if (auto* text = part.as<chat::Text>()) {
    type = "response.output_text.delta";
    text->text += value;
  } else if (auto* refusal = part.as<chat::Refusal>()) {
    type = "response.refusal.delta";
    refusal->text += value;
  } else if (auto* thought = part.as<chat::Reasoning>()) {
    if (value.empty()) return;
    if (!is_part_told_) open_part();
    type = is_raw() ? "response.reasoning_text.delta" : "response.reasoning_summary_text.delta";
    thought->text += value;
  } else if (auto* call = part.as<chat::ToolCall>()) {
    type = call->custom ? "response.custom_tool_call_input.delta"
                        : "response.function_call_arguments.delta";
    call->arguments += value;
  } else {
    return;
  }
  Writer event = open_item_event(type);
  if (!part.as<chat::ToolCall>()) {
    const bool summary = part.as<chat::Reasoning>() != nullptr && !is_raw();
    event.member(summary ? "summary_index" : "content_index",
                 static_cast<std::int64_t>(part_index_));
  }
  event.member("delta", value);
  if (part.as<chat::Text>()) {
    const std::string said = std::exchange(due_logprobs_, {});
    event.member_raw("logprobs", said.empty() ? std::string_view("[]") : said);
  }
  close_event(event);
}

void StreamWriter::signature(const std::string& value) {
  if (auto* thought = parts_.back().as<chat::Reasoning>()) thought->signature.value = value;
  if (auto* call = parts_.back().as<chat::ToolCall>()) call->signature.value = value;
}

void StreamWriter::annotations(std::string_view value) {
  if (!parts_.back().as<chat::Text>()) return;
  base::json::Cursor cursor(value);
  if (cursor.kind() != base::json::Kind::array) return annotation(value);
  cursor.enter_array();
  while (cursor.next_element() && cursor.skip()) annotation(cursor.value_text());
}

void StreamWriter::annotation(std::string_view value) {
  const std::string known = known_annotations(value);
  if (known.empty()) return;
  join(parts_.back().as<chat::Text>()->annotations, '[' + known + ']');
  Writer event = open_item_event("response.output_text.annotation.added");
  event.member("content_index", static_cast<std::int64_t>(part_index_));
  event.member("annotation_index", static_cast<std::int64_t>(annotations_++));
  event.member_raw("annotation", known);
  close_event(event);
}

// They go with the piece of text that follows them, or by themselves at the end of the part.
void StreamWriter::logprobs(std::string_view value) {
  if (value.size() <= 2 || !parts_.back().as<chat::Text>()) return;
  join(due_logprobs_, value);
  join(part_logprobs_, value);
  join(item_logprobs_, value);
}

void StreamWriter::part_ends() {
  if (std::exchange(skips_, false) || !std::exchange(in_part_, false)) return;
  Part& part = parts_.back();
  if (part.as<chat::Opaque>()) return;
  if (part.as<chat::Media>()) {
    Writer event = open_item_event("response.image_generation_call.completed");
    return close_event(event);
  }
  if (part.as<chat::Text>() && !due_logprobs_.empty()) text_delta({});
  if (part.as<chat::Reasoning>() && !is_part_told_) return;
  text_done();
  if (part.as<chat::ToolCall>()) return;
  const bool summary = part.as<chat::Reasoning>() != nullptr && !is_raw();
  part_event(summary ? "response.reasoning_summary_part.done" : "response.content_part.done");
}

// The event that says a part's text whole.
void StreamWriter::text_done() {
  const Part& part = parts_.back();
  const std::string& text = *text_of(part);
  if (const auto* call = part.as<chat::ToolCall>()) {
    Writer event = open_item_event(call->custom ? "response.custom_tool_call_input.done"
                                                : "response.function_call_arguments.done");
    event.member(call->custom ? "input" : "arguments", text);
    return close_event(event);
  }
  const bool thought = part.as<chat::Reasoning>() != nullptr;
  const bool summary = thought && !is_raw();
  Writer event = open_item_event(summary                    ? "response.reasoning_summary_text.done"
                                 : thought                  ? "response.reasoning_text.done"
                                 : part.as<chat::Refusal>() ? "response.refusal.done"
                                                            : "response.output_text.done");
  event.member(summary ? "summary_index" : "content_index", static_cast<std::int64_t>(part_index_));
  event.member(part.as<chat::Refusal>() ? "refusal" : "text", text);
  if (part.as<chat::Text>()) {
    event.member_raw("logprobs", part_logprobs_.empty() ? "[]" : part_logprobs_);
  }
  close_event(event);
}

void StreamWriter::stop(const chat::Stop& stop) {
  outcome_ = outcome_of(stop.reason, stop.native);
  if (outcome_.status == "failed") return;
  close_item(outcome_.status == "incomplete" ? "incomplete" : "completed");
}

void StreamWriter::end() {
  begin({});
  if (outcome_.status == "failed") return failed(*outcome_.error);
  over_ = true;
  if (outcome_.status == "in_progress") outcome_ = outcome_of(chat::StopReason::none, {});
  outcome_.usage = usage_ ? &*usage_ : nullptr;
  lifecycle(outcome_.status == "completed" ? "response.completed" : "response.incomplete", outcome_,
            items_);
}

void StreamWriter::failed(const chat::ProviderError& error) {
  over_ = true;
  if (!begun_) return error_event(error);
  if (!parts_.empty() && !parts_.front().as<chat::ToolCall>()) {
    if (!items_.empty()) items_ += ',';
    Writer items(items_);
    write_item(items, parts_, form("incomplete"));
  }
  Outcome outcome{.status = "failed"};
  outcome.error = &error;
  outcome.usage = usage_ ? &*usage_ : nullptr;
  lifecycle("response.failed", outcome, items_);
}

// Both as the SDK's type has it and nested, as the provider sends it.
void StreamWriter::error_event(const chat::ProviderError& error) {
  const auto write_members = [&](Writer& out) {
    error.code.empty() ? out.member_null("code") : out.member("code", error.code);
    out.member("message", error.message);
    error.param.empty() ? out.member_null("param") : out.member("param", error.param);
  };
  Writer event = open_event("error");
  write_members(event);
  event.object("error");
  event.member("type", error.type.empty() ? std::string_view("server_error") : error.type);
  write_members(event);
  event.end_object();
  close_event(event);
}

}  // namespace headgate::llm::responses
