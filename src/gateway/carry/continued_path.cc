#include "gateway/carry/continued_path.h"

#include <cstdint>
#include <string>
#include <utility>

#include "gateway/responses/stored_call.h"
#include "llm/chat/assembler.h"
#include "llm/codecs.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

class ContinuedPath final : public StreamPath {
 public:
  ContinuedPath(const Call& call, UnfinishedAnswer so_far)
      : call_(call),
        reader_(llm::codec(call.upstream_dialect).stream_reader(limits_of(call))),
        writer_(std::move(so_far.writer)),
        holds_end_(stores_answer(call)),
        assembler_(holds_end_ ? SIZE_MAX : call.catalog->content_bytes_max),
        part_open_(so_far.part_open),
        offset_(so_far.parts()) {
    so_far.replay([&](const chat::Event& event) { assembler_.add(event); });
    joins_ = part_open_ && ends_in_text(so_far.answer);
    const auto text = so_far.text();
    skips_blanks_ = joins_ && text && kBlanks.find(text->back()) != std::string_view::npos;
  }

  Result<void> take(const http::SseBlock& block, std::string& out) override {
    events_.clear();
    if (auto read = reader_->read(block.name, block.data, events_); !read) return read;
    emit(out);
    return {};
  }
  Result<void> take_whole(std::string_view body, std::string& out) override {
    const auto answer = llm::codec(call_.upstream_dialect).decode_answer(body, limits_of(call_));
    if (!answer) return answer.error();
    events_.clear();
    chat::explode(*answer, [&](const chat::Event& event) { events_.push_back(event); });
    emit(out);
    return {};
  }
  Result<void> close(std::string& out) override {
    events_.clear();
    if (auto closed = reader_->finish(events_); !closed) return closed;
    emit(out);
    return {};
  }
  bool ended() const override { return assembler_.ended(); }
  bool has_content() const override { return has_more_; }
  std::optional<chat::ProviderError> error() const override { return assembler_.error(); }
  void fail(const Error& error, std::string& out) override {
    writer_->fail(error, call_.ctx.request_id, out);
  }
  void keep_alive(std::string& out) override { writer_->keep_alive(out); }
  const chat::Answer* answer() const override {
    return assembler_.cut_bytes() == 0 ? &assembler_.answer() : nullptr;
  }
  void release_end(std::string& out) override {
    if (holds_end_) writer_->write(chat::End{}, out);
  }
  void note(Call& call) const override {
    call.note(assembler_.answer());
    call.output_cut_bytes = assembler_.cut_bytes();
    call.attempt().model_served = begin_.model;
    call.attempt().response_id = begin_.id;
  }
  std::optional<UnfinishedAnswer> release() override {
    if (assembler_.error() || assembler_.cut_bytes() > 0 || assembler_.ended()) return std::nullopt;
    if (!can_be_continued(assembler_.answer())) return std::nullopt;
    UnfinishedAnswer out;
    out.answer = assembler_.take();
    out.part_open = part_open_;
    out.writer = std::move(writer_);
    return out;
  }

 private:
  static chat::Limits limits_of(const Call& call) {
    chat::Limits limits;
    limits.depth_max = call.catalog->json_depth_max;
    return limits;
  }
  static bool ends_in_text(const chat::Answer& answer) {
    return !answer.candidates.empty() && !answer.candidates[0].parts.empty() &&
           answer.candidates[0].parts.back().as<chat::Text>() != nullptr;
  }

  void emit(std::string& out) {
    for (chat::Event& event : events_) place(event, out);
  }

  void write(const chat::Event& event, std::string& out) {
    assembler_.add(event);
    if (holds_end_ && std::holds_alternative<chat::End>(event)) return;
    writer_->write(event, out);
  }

  void end_open_part(std::string& out) {
    if (!std::exchange(part_open_, false)) return;
    write(chat::PartEnd{0, offset_ - 1}, out);
  }

  /// Numbers the event behind what was sent before.
  void place(chat::Event& event, std::string& out) {
    if (const auto* begin = std::get_if<chat::Begin>(&event)) {
      begin_ = *begin;
      return;
    }
    if (const auto* part = std::get_if<chat::PartBegin>(&event)) {
      if (std::exchange(joins_, false) && part->part.as<chat::Text>() != nullptr) {
        --offset_;  // its first part is our last
        return;
      }
      end_open_part(out);
      part_open_ = true;
    }
    if (std::holds_alternative<chat::Stop>(event)) end_open_part(out);
    if (std::holds_alternative<chat::PartEnd>(event)) part_open_ = false;
    renumber(event);
    if (auto* delta = std::get_if<chat::Delta>(&event)) {
      drop_blanks(*delta);
      if (delta->value.empty()) return;
      has_more_ = true;
    }
    write(event, out);
  }

  // Of the candidate that the caller knows; others were not there before and come as they are.
  void renumber(chat::Event& event) const {
    const auto shift = [&](auto* of) {
      if (of != nullptr && of->candidate == 0) of->index += offset_;
    };
    shift(std::get_if<chat::PartBegin>(&event));
    shift(std::get_if<chat::Delta>(&event));
    shift(std::get_if<chat::PartEnd>(&event));
  }

  // Models that go on from a text write the blank that it ended with once more.
  void drop_blanks(chat::Delta& delta) {
    if (!skips_blanks_ || delta.kind != chat::Delta::Kind::text) return;
    const auto first = delta.value.find_first_not_of(kBlanks);
    skips_blanks_ = first == std::string::npos;
    delta.value.erase(0, first == std::string::npos ? delta.value.size() : first);
  }

  const Call& call_;
  std::unique_ptr<chat::StreamReader> reader_;
  std::unique_ptr<chat::StreamWriter> writer_;
  bool holds_end_;  // until the answer is stored
  chat::Assembler assembler_;
  chat::Events events_;
  chat::Begin begin_;
  bool part_open_;
  std::uint32_t offset_;  // of the new stream's parts
  bool joins_ = false;    // the first text goes into the open part
  bool skips_blanks_ = false;
  bool has_more_ = false;
};

}  // namespace

std::unique_ptr<StreamPath> make_continued_path(Call& call, UnfinishedAnswer so_far) {
  return std::make_unique<ContinuedPath>(call, std::move(so_far));
}

}  // namespace headgate::gateway
