#include "llm/anthropic/stream_reader.h"

#include <algorithm>
#include <utility>

#include "base/json/writer.h"
#include "base/text/strings.h"
#include "llm/anthropic/answer.h"
#include "llm/anthropic/blocks.h"
#include "llm/anthropic/errors.h"

namespace headgate::llm::anthropic {

using base::Errc;
using base::Result;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using chat::Delta;

namespace {

base::Error malformed(const std::string& what) {
  return base::fail(Errc::upstream_malformed, "the provider's stream is malformed: " + what);
}

// An opaque block whose input was streamed, or whose members deltas replaced.
std::string rebuilt(const std::string& block, std::string_view input,
                    const chat::Extras& replaced) {
  Cursor cursor(block, Cursor::kDepthMax);
  Members members;
  if (!members.read(cursor, block)) return block;
  std::string json;
  base::json::Writer out(json);
  out.begin_object();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members.at(i);
    std::string_view value = member.raw;
    for (const chat::Extra& extra : replaced) {
      if (extra.name == member.name) value = extra.json;
    }
    if (member.name == "input" && !input.empty()) value = input;
    out.member_raw(member.name, value);
  }
  out.end_object();
  return json;
}

// What the start of a block already says of its content, moved out of it: that comes as deltas.
std::string take_content(chat::Part& part) {
  if (auto* text = part.as<chat::Text>()) return std::exchange(text->text, {});
  if (auto* media = part.as<chat::Media>()) return std::exchange(media->data, {});
  auto* reasoning = part.as<chat::Reasoning>();
  return reasoning != nullptr ? std::exchange(reasoning->text, {}) : std::string();
}

}  // namespace

struct StreamReader::Frame {
  Text type;
  std::optional<std::int64_t> index;
  std::string_view message;
  std::string_view block;
  std::string_view delta;
  std::string_view usage;
  std::string_view error;

  bool read(Cursor& cursor) {
    std::string_view key;
    if (!cursor.enter_object()) return false;
    while (cursor.next_key(key)) {
      if (key == "type") {
        cursor.maybe_string(type);
      } else if (key == "index") {
        index = cursor.maybe_integer();
      } else if (std::string_view* part = slot(key);
                 part != nullptr && cursor.kind() != Kind::null) {
        if (cursor.skip()) *part = cursor.value_text();
      }
    }
    return cursor.finish();
  }

 private:
  std::string_view* slot(std::string_view key) {
    if (key == "delta") return &delta;
    if (key == "content_block") return &block;
    if (key == "message") return &message;
    if (key == "usage") return &usage;
    return key == "error" ? &error : nullptr;
  }
};

Result<void> StreamReader::read(std::string_view name, std::string_view data, chat::Events& out) {
  // Old versions of the API, and servers that imitate them, end with this line.
  if (failed_ || name == "ping" || (ended_ && base::trim(data) == "[DONE]")) return {};
  Cursor cursor(data, limits_.depth_max);
  Frame frame;
  if (!frame.read(cursor)) {
    if (name != "error") return malformed(cursor.error().detail);
    fail({}, data, out);
    return {};
  }
  std::string type = frame.type.decode();
  if (type.empty()) type = frame.error.empty() ? name : "error";
  return dispatch(type, frame, data, out);
}

Result<void> StreamReader::dispatch(std::string_view type, const Frame& frame,
                                    std::string_view data, chat::Events& out) {
  if (type == "error") {
    fail(frame, data, out);
    return {};
  }
  using Handler = Result<void> (StreamReader::*)(const Frame&, chat::Events&);
  Handler handler = nullptr;
  if (type == "content_block_delta") handler = &StreamReader::block_delta;
  if (type == "content_block_start") handler = &StreamReader::block_start;
  if (type == "content_block_stop") handler = &StreamReader::block_stop;
  if (type == "message_delta") handler = &StreamReader::message_delta;
  const bool starts = type == "message_start";
  const bool stops = type == "message_stop";
  if (handler == nullptr && !starts && !stops) return {};
  if (ended_) return malformed("it goes on after message_stop");
  if (begun_ == starts) return malformed(std::string(type) + " out of order");
  if (starts) return message_start(frame, out);
  return stops ? message_stop(out) : (this->*handler)(frame, out);
}

void StreamReader::fail(const Frame& frame, std::string_view data, chat::Events& out) {
  chat::ProviderError error;
  if (!frame.error.empty()) {
    Cursor cursor(frame.error, Cursor::kDepthMax);
    read_error(cursor, error);
  }
  if (error.message.empty()) error.message = data;
  failed_ = true;
  out.emplace_back(chat::Failed{std::move(error)});
}

void StreamReader::say_usage(const Frame& frame, chat::Events& out) {
  if (frame.usage.empty()) return;
  Cursor cursor(frame.usage, Cursor::kDepthMax);
  usage_.read(cursor);
  const auto usage = usage_.usage();
  if (!usage || usage == said_usage_) return;
  said_usage_ = usage;
  out.emplace_back(chat::UsageSeen{*usage});
}

Result<void> StreamReader::message_start(const Frame& frame, chat::Events& out) {
  Cursor cursor(frame.message, Cursor::kDepthMax);
  Members message;
  if (frame.message.empty() || !message.read(cursor, frame.message)) {
    return malformed("message_start without a message");
  }
  begun_ = true;
  out.emplace_back(chat::Begin{message.take_string("id").value_or(""),
                               message.take_string("model").value_or(""), 0});
  Frame inner;
  if (const Member* usage = message.take("usage")) inner.usage = usage->raw;
  say_usage(inner, out);
  return {};
}

StreamReader::Block* StreamReader::find(const Frame& frame) {
  for (Block& block : blocks_) {
    if (frame.index && block.index == *frame.index && !block.ended) return &block;
  }
  return nullptr;
}

Result<void> StreamReader::block_start(const Frame& frame, chat::Events& out) {
  if (!frame.index || frame.block.empty()) return malformed("content_block_start without a block");
  if (stopped_) return malformed("a block after the stop reason");
  if (find(frame) != nullptr) return malformed("a block that is already there");
  if (places_ == limits_.parts_max) {
    return base::fail(Errc::upstream_too_large, "the provider's answer has too many blocks");
  }
  Cursor cursor(frame.block, Cursor::kDepthMax);
  Members members;
  if (!members.read(cursor, frame.block)) return malformed("a block that is no object");
  Block& block = blocks_.emplace_back();
  block.index = *frame.index;
  if (const auto wrong = read_part(members, limits_, block.part)) {
    return malformed(wrong->where + ": " + wrong->what);
  }
  block.place = places_++;
  return begin(block, out);
}

Result<void> StreamReader::begin(Block& block, chat::Events& out) {
  if (const auto* opaque = block.part.as<chat::Opaque>()) return keep(block, opaque->json.size());
  std::string text;
  std::string citations;
  const auto* thoughts = block.part.as<chat::Reasoning>();
  if (thoughts == nullptr || !thoughts->redacted) text = take_content(block.part);
  if (auto* said = block.part.as<chat::Text>()) citations = std::exchange(said->annotations, {});
  if (auto* call = block.part.as<chat::ToolCall>()) block.seed = std::exchange(call->arguments, {});
  if (auto* reasoning = block.part.as<chat::Reasoning>(); reasoning && !reasoning->redacted) {
    block.signature = signature_text(*reasoning);
    reasoning->signature.value.clear();
  }
  const bool is_media = block.part.as<chat::Media>() != nullptr;
  emit(block, chat::PartBegin{0, block.place, block.part}, out);
  auto added = add(block, is_media ? Delta::Kind::data : Delta::Kind::text, std::move(text), out);
  if (!added) return added;
  return add(block, Delta::Kind::annotations, std::move(citations), out);
}

Result<void> StreamReader::block_delta(const Frame& frame, chat::Events& out) {
  Block* block = find(frame);
  if (block == nullptr) return malformed("a delta of a block that is not open");
  Cursor cursor(frame.delta, Cursor::kDepthMax);
  Members delta;
  if (frame.delta.empty() || !delta.read(cursor, frame.delta)) return malformed("an empty delta");
  const std::string type = delta.take_string("type").value_or("");
  if (block->part.as<chat::Opaque>() != nullptr) return opaque_delta(*block, type, delta);
  const bool text = block->part.as<chat::Text>() != nullptr;
  const auto* reasoning = block->part.as<chat::Reasoning>();
  const bool thoughts = reasoning != nullptr && !reasoning->redacted;
  const bool call = block->part.as<chat::ToolCall>() != nullptr;
  if ((type == "text_delta" && text) || (type == "thinking_delta" && thoughts)) {
    auto value = delta.take_string(text ? "text" : "thinking");
    return add(*block, Delta::Kind::text, std::move(value).value_or(""), out);
  }
  if (type == "input_json_delta" && call) {
    std::string value = delta.take_string("partial_json").value_or("");
    block->has_arguments = block->has_arguments || !value.empty();
    return add(*block, Delta::Kind::arguments, std::move(value), out);
  }
  if (type == "citations_delta" && text) {
    const Member* citation = delta.take("citation");
    if (citation == nullptr || citation->kind != Kind::object) return {};
    return add(*block, Delta::Kind::annotations, std::string(citation->raw), out);
  }
  if (type == "signature_delta" && thoughts) {
    block->signature = delta.take_string("signature").value_or("");
    return keep(*block, 0);
  }
  const bool known = type == "text_delta" || type == "thinking_delta" ||
                     type == "input_json_delta" || type == "citations_delta" ||
                     type == "signature_delta";
  if (known) return malformed(type + " in a block of another type");
  return {};
}

Result<void> StreamReader::opaque_delta(Block& block, const std::string& type, Members& delta) {
  if (type == "input_json_delta") {
    const std::string piece = delta.take_string("partial_json").value_or("");
    block.input += piece;
    return keep(block, piece.size());
  }
  const std::size_t before = block.replaced.size();
  rest_of(delta, block.replaced);
  std::size_t size = 0;
  for (std::size_t i = before; i < block.replaced.size(); ++i)
    size += block.replaced[i].json.size();
  return keep(block, size);
}

Result<void> StreamReader::keep(Block& block, std::size_t size) {
  block.held_bytes += size;
  held_bytes_ += size;
  if (held_bytes_ <= limits_.held_bytes_max) return {};
  return base::fail(Errc::upstream_too_large,
                    "the provider's stream interleaves more blocks than can be held back");
}

// To be appended to the part of the block; nothing when there is nothing.
Result<void> StreamReader::add(Block& block, Delta::Kind kind, std::string value,
                               chat::Events& out) {
  if (value.empty()) return {};
  const std::size_t size = &block == &blocks_.front() ? 0 : value.size();
  emit(block, Delta{0, block.place, kind, std::move(value)}, out);
  return keep(block, size);
}

void StreamReader::emit(Block& block, chat::Event event, chat::Events& out) {
  chat::Events& to = &block == &blocks_.front() ? out : block.held;
  to.push_back(std::move(event));
}

void StreamReader::end(Block& block, chat::Events& out) {
  if (auto* opaque = block.part.as<chat::Opaque>()) {
    const bool valid = !block.input.empty() && base::json::valid(block.input, Cursor::kDepthMax);
    if (valid || !block.replaced.empty()) {
      opaque->json = rebuilt(opaque->json, valid ? block.input : std::string(), block.replaced);
    }
    emit(block, chat::PartBegin{0, block.place, std::move(block.part)}, out);
  } else if (block.part.as<chat::ToolCall>() != nullptr && !block.has_arguments) {
    emit(block, Delta{0, block.place, Delta::Kind::arguments, block.seed}, out);
  } else if (const auto* thoughts = block.part.as<chat::Reasoning>();
             thoughts != nullptr && !thoughts->redacted) {
    chat::Reasoning read;
    read_signature(block.signature, read);
    // Which provider signed was said when the block began; the mark is not part of the signature.
    const bool same = read.signature.origin == thoughts->signature.origin;
    std::string& value = same ? read.signature.value : block.signature;
    if (!value.empty()) {
      emit(block, Delta{0, block.place, Delta::Kind::signature, std::move(value)}, out);
    }
  }
  emit(block, chat::PartEnd{0, block.place}, out);
  block.ended = true;
}

// Blocks in front that are done make way for what waits behind them.
void StreamReader::advance(chat::Events& out) {
  while (!blocks_.empty() && blocks_.front().ended) {
    held_bytes_ -= blocks_.front().held_bytes;
    blocks_.pop_front();
    if (blocks_.empty()) return;
    for (chat::Event& event : blocks_.front().held) out.push_back(std::move(event));
    blocks_.front().held.clear();
  }
}

Result<void> StreamReader::block_stop(const Frame& frame, chat::Events& out) {
  Block* block = find(frame);
  if (block == nullptr) return malformed("an end of a block that is not open");
  end(*block, out);
  advance(out);
  return {};
}

Result<void> StreamReader::message_delta(const Frame& frame, chat::Events& out) {
  say_usage(frame, out);
  if (frame.delta.empty() || stopped_) return {};
  Cursor cursor(frame.delta, Cursor::kDepthMax);
  Members delta;
  if (!delta.read(cursor, frame.delta)) return malformed("message_delta without an object");
  const auto reason = delta.take_string("stop_reason");
  if (!reason || reason->empty()) return {};
  for (Block& block : blocks_) {
    if (!block.ended) end(block, out);
  }
  advance(out);
  stopped_ = true;
  out.emplace_back(chat::Stop{0, stop_reason(*reason), *reason,
                              delta.take_string("stop_sequence").value_or("")});
  return {};
}

Result<void> StreamReader::message_stop(chat::Events& out) {
  if (!stopped_) return malformed("message_stop without a stop reason");
  ended_ = true;
  out.emplace_back(chat::End{});
  return {};
}

Result<void> StreamReader::finish(chat::Events&) {
  if (ended_ || failed_) return {};
  return base::fail(Errc::upstream_truncated,
                    "the provider's stream ended before its message was whole");
}

}  // namespace headgate::llm::anthropic
