#include "agents/model_calls/answer_keeper.h"

#include <algorithm>
#include <utility>

#include "base/text/strings.h"
#include "llm/codecs.h"

namespace headgate::agents {

namespace chat = llm::chat;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kEventBytesMax = 8 * 1024 * 1024;
constexpr std::string_view kLineEnd = "\r\n";

const llm::Codec& codec() { return llm::codec(chat::Dialect::openai_chat); }

// Of lines as they are sent; empty: there is none.
std::string_view header_of(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find(kLineEnd), lines.size());
    const std::string_view line = lines.substr(0, end);
    const bool is_it = line.size() > name.size() + 1 && line[name.size()] == ':' &&
                       base::iequals(line.substr(0, name.size()), name);
    if (is_it) return line.substr(std::min(name.size() + 2, line.size()));
    lines.remove_prefix(std::min(end + kLineEnd.size(), lines.size()));
  }
  return {};
}

base::Error too_large() {
  return fail(Errc::upstream_too_large, "the model's answer is too large for a run");
}

}  // namespace

struct AnswerKeeper::Stream {
  http::SseParser parser{kEventBytesMax};
  std::unique_ptr<chat::StreamReader> reader = codec().stream_reader(chat::Limits{});
  chat::Assembler assembler{kAnswerBytesMax};
  chat::Events events;
  bool in_text = false;    // the open part of the first candidate is what a run takes for text
  bool has_told = false;   // some of it
  bool has_ended = false;  // nothing more is wanted

  Result<void> take(const http::SseBlock& block);
  Result<void> finish();
  /// Appends to `text` what of it is text of the answer.
  void place(std::string& text);
};

Result<void> AnswerKeeper::Stream::take(const http::SseBlock& block) {
  if (has_ended || !block.has_data) return {};
  return reader->read(block.name, block.data, events);
}

Result<void> AnswerKeeper::Stream::finish() {
  if (assembler.ended()) return {};
  return reader->finish(events);
}

void AnswerKeeper::Stream::place(std::string& text) {
  for (const chat::Event& event : events) {
    if (const auto* begin = std::get_if<chat::PartBegin>(&event); begin && begin->candidate == 0) {
      in_text =
          begin->part.as<chat::Text>() != nullptr || begin->part.as<chat::Refusal>() != nullptr;
    }
    const auto* delta = std::get_if<chat::Delta>(&event);
    const bool is_text = delta != nullptr && delta->candidate == 0 && in_text &&
                         delta->kind == chat::Delta::Kind::text;
    if (is_text) text += delta->value;
    assembler.add(event);
  }
  events.clear();
  has_ended = assembler.ended();
}

AnswerKeeper::AnswerKeeper(TextSink* text) : text_(text) {}
AnswerKeeper::~AnswerKeeper() = default;

void AnswerKeeper::start(const http::ReplyHead& head) {
  if (stream_ && stream_->has_told && text_ != nullptr) text_->withdrawn();
  status_ = head.status();
  head_ = head.bytes();
  body_.clear();
  stream_.reset();
  error_.reset();
  const bool streamed = header_of(head_, "content-type").starts_with("text/event-stream");
  if (streamed) stream_ = std::make_unique<Stream>();
}

Result<void> AnswerKeeper::add_events(std::string_view bytes) {
  Stream& stream = *stream_;
  stream.parser.feed(bytes);
  http::SseBlock block;
  while (true) {
    const auto got = stream.parser.next(block);
    if (!got) return got.error();
    if (!*got) break;
    if (auto taken = stream.take(block); !taken) return taken;
  }
  std::string text;
  stream.place(text);
  if (stream.assembler.cut_bytes() > 0) return too_large();
  if (text.empty() || text_ == nullptr) return {};
  stream.has_told = true;
  text_->text(text);
  return {};
}

Result<void> AnswerKeeper::add(std::string_view bytes) {
  Result<void> added;
  if (stream_) {
    added = add_events(bytes);
  } else if (body_.size() + bytes.size() > kAnswerBytesMax) {
    added = too_large();
  } else {
    body_ += bytes;
  }
  if (!added) error_ = added.error();
  return added;
}

Task<void> AnswerKeeper::whole(const http::ReplyHead& head, std::string_view bytes) {
  start(head);
  co_return add(bytes);
}

Task<void> AnswerKeeper::begin(const http::ReplyHead& head) {
  start(head);
  co_return Result<void>{};
}

Task<void> AnswerKeeper::piece(std::string_view bytes) { co_return add(bytes); }

Task<void> AnswerKeeper::end(std::string_view trailers, std::string_view last) {
  head_ += trailers;
  co_return add(last);
}

Result<chat::Answer> AnswerKeeper::take_stream() {
  Stream& stream = *stream_;
  stream.parser.end();
  if (auto added = add_events({}); !added) return added.error();
  if (auto finished = stream.finish(); !finished) return finished.error();
  std::string rest;
  stream.place(rest);
  if (const auto& said = stream.assembler.error()) {
    return fail(Errc::upstream_status, "the model's answer broke off: " + said->message);
  }
  return stream.assembler.take();
}

Result<chat::Answer> AnswerKeeper::take() {
  if (error_) return *error_;
  if (status_ != 200) {
    const auto said = codec().read_error_body(body_);
    return fail(Errc::upstream_status, "the model answered HTTP " + std::to_string(status_) +
                                           (said ? ": " + said->message : std::string()));
  }
  if (stream_) return take_stream();
  return codec().decode_answer(body_, chat::Limits{});
}

std::optional<base::Picodollars> AnswerKeeper::cost() const {
  return base::parse_dollars(header_of(head_, "x-headgate-cost-usd"));
}

}  // namespace headgate::agents
