#include "gateway/carry/continued_path.h"

#include <cstdint>
#include <string>
#include <utility>

#include "gateway/carry/read_path.h"
#include "llm/codecs.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Result;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

class ContinuedPath final : public ReadPath {
 public:
  ContinuedPath(const Attempt& attempt, UnfinishedAnswer so_far)
      : ReadPath(attempt, std::move(so_far.writer)), offset_(so_far.parts()) {
    part_open_ = so_far.part_open;
    so_far.replay([&](const chat::Event& event) { assembler_.add(event); });
    joins_ = part_open_ && ends_in_text(so_far.answer);
    const auto text = so_far.text();
    skips_blanks_ = joins_ && text && kBlanks.find(text->back()) != std::string_view::npos;
  }

  Result<void> take_whole(std::string_view body, std::string& out) override {
    const auto answer = llm::codec(dialect_).decode_answer(body, limits_of(call_));
    if (!answer) return answer.error();
    events_.clear();
    chat::explode(*answer, [&](const chat::Event& event) { events_.push_back(event); });
    place_all(out);
    return {};
  }
  bool has_content() const override { return has_more_; }
  void note(Attempt& attempt) const override {
    ReadPath::note(attempt);
    attempt.model_served = begin_.model;
    attempt.response_id = begin_.id;
  }

 private:
  static bool ends_in_text(const chat::Answer& answer) {
    return !answer.candidates.empty() && !answer.candidates[0].parts.empty() &&
           answer.candidates[0].parts.back().as<chat::Text>() != nullptr;
  }

  void write(const chat::Event& event, std::string& out) {
    assembler_.add(event);
    if (!is_held(event)) writer_->write(event, out);
  }

  void end_open_part(std::string& out) {
    if (!std::exchange(part_open_, false)) return;
    write(chat::PartEnd{0, offset_ - 1}, out);
  }

  // Numbers the event behind what was sent before.
  void place(chat::Event& event, std::string& out) override {
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

  chat::Begin begin_;
  std::uint32_t offset_;  // of the new stream's parts
  bool joins_ = false;    // the first text goes into the open part
  bool skips_blanks_ = false;
  bool has_more_ = false;
};

}  // namespace

std::unique_ptr<StreamPath> make_continued_path(const Attempt& attempt, UnfinishedAnswer so_far) {
  return std::make_unique<ContinuedPath>(attempt, std::move(so_far));
}

}  // namespace headgate::gateway
