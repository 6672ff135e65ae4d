#include "gateway/carry/read_path.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "gateway/responses/stored_call.h"
#include "llm/codecs.h"

namespace headgate::gateway {

namespace chat = llm::chat;
using base::Result;

namespace {

// An answer that is stored is needed whole, one that is traced is not.
std::size_t kept_bytes_max(const Attempt& attempt) {
  const std::size_t traced = attempt.call.catalog->content_bytes_max;
  return stores_answer(attempt) ? std::max(traced, chat::Limits{}.held_bytes_max) : traced;
}

}  // namespace

ReadPath::ReadPath(const Attempt& attempt, std::unique_ptr<chat::StreamWriter> writer)
    : call_(attempt.call),
      dialect_(attempt.upstream_dialect),
      writer_(std::move(writer)),
      assembler_(kept_bytes_max(attempt)),
      holds_end_(stores_answer(attempt)),
      reader_(llm::codec(dialect_).stream_reader(limits_of(call_))) {}

Result<void> ReadPath::take(const http::SseBlock& block, std::string& out) {
  events_.clear();
  if (auto read = reader_->read(block.name, block.data, events_); !read) return read;
  place_all(out);
  return {};
}

Result<void> ReadPath::close(std::string& out) {
  events_.clear();
  if (auto closed = reader_->finish(events_); !closed) return closed;
  place_all(out);
  return {};
}

void ReadPath::place_all(std::string& out) {
  for (chat::Event& event : events_) place(event, out);
}

bool ReadPath::is_held(const chat::Event& event) const {
  return holds_end_ && std::holds_alternative<chat::End>(event);
}

void ReadPath::release_end(std::string& out) {
  if (holds_end_) writer_->write(chat::End{}, out);
}

void ReadPath::fail(const base::Error& error, std::string& out) {
  writer_->fail(error, call_.ctx.request_id, out);
}

void ReadPath::note(Attempt& attempt) const {
  attempt.note(assembler_.answer());
  attempt.output_cut_bytes = assembler_.cut_bytes();
}

const chat::Answer* ReadPath::answer() const {
  return assembler_.cut_bytes() == 0 ? &assembler_.answer() : nullptr;
}

std::optional<UnfinishedAnswer> ReadPath::release() {
  if (assembler_.error() || assembler_.cut_bytes() > 0 || assembler_.ended()) return std::nullopt;
  if (!can_be_continued(assembler_.answer())) return std::nullopt;
  UnfinishedAnswer out;
  out.answer = assembler_.take();
  out.part_open = part_open_;
  out.writer = std::move(writer_);
  return out;
}

}  // namespace headgate::gateway
