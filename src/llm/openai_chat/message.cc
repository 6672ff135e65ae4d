#include "llm/openai_chat/message.h"

#include <utility>

#include "llm/openai/request_errors.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

using base::json::Kind;
using base::json::Text;
using chat::Media;
using chat::MediaKind;
using chat::Part;
using openai::missing;

// A content part as its members come; `type`, which may be the last, says which of them count.
struct MessageReader::PartPieces {
  std::optional<Text> type;
  std::optional<Text> text;  // of a text or refusal part
  std::optional<Text> url;   // image_url, video_url
  std::optional<Text> data;  // input_audio, file
  Text file_id;
  Text detail;
  Text format;
  Text filename;
  std::optional<chat::CacheMark> cache;
  chat::Extras extras;
};

namespace {

// The name itself instead of a view into the cursor, whose buffer changes.
std::string_view literal(std::string_view key) {
  for (const std::string_view name : {"image_url", "video_url", "input_audio", "file"}) {
    if (key == name) return name;
  }
  return {};
}

// There are clients that send a message's members again in each of its parts (@openai/agents).
bool is_of_message(std::string_view key) {
  return key == "role" || key == "tool_calls" || key == "function_call" || key == "annotations" ||
         key == "extra_content" || key == "reasoning_content" || key == "reasoning";
}

Media media_of_url(MediaKind kind, std::string url, const Text& detail) {
  Media media;
  media.kind = kind;
  media.detail = detail.decode();
  assign_url(media, std::move(url));
  return media;
}

// A file by its bytes, its id or its address.
Media media_of_file(const Text& filename, const Text& file_id, const std::optional<Text>& data) {
  Media media;
  media.kind = MediaKind::document;
  media.filename = filename.decode();
  media.file_id = file_id.decode();
  if (!data) return media;
  std::string bytes = data->decode();
  if (bytes.starts_with("data:") || bytes.starts_with("http")) {
    assign_url(media, std::move(bytes));
  } else {
    media.data = std::move(bytes);
  }
  return media;
}

// A part of one type has no use for what stood in the object of another, and would write it where
// it cannot be told from a member.
void drop_other_groups(std::string_view type, chat::Extras& extras) {
  std::erase_if(extras, [&](const chat::Extra& extra) {
    const auto dot = extra.name.find('.');
    const std::string_view group = std::string_view(extra.name).substr(0, dot);
    return dot != std::string::npos && group != type && !literal(group).empty();
  });
}

bool is_empty(const Media& media) {
  return media.data.empty() && media.url.empty() && media.file_id.empty();
}

}  // namespace

std::string Place::text() const {
  std::string out = up == nullptr ? std::string() : up->text();
  if (index != kMember) return out.append("[").append(std::to_string(index)).append("]");
  if (!out.empty()) out += '.';
  return out.append(name);
}

bool MessageReader::reject(base::Error error) {
  error_ = std::move(error);
  return false;
}

bool MessageReader::wrong(const Place& at, std::string_view expected) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::none) return cursor_.skip();  // no value at all: the cursor says so
  return reject(openai::wrong_type(at.text(), expected, kind));
}

bool MessageReader::text(const Place& at, Text& out) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::string) return cursor_.string(out);
  return kind == Kind::null ? cursor_.skip() : wrong(at, "a string");
}

bool MessageReader::extra(chat::Extras& extras, std::string_view group) {
  const std::string key = cursor_.key_decoded();
  if (!cursor_.skip()) return false;
  keep(extras, group, key, cursor_.value_text());
  return true;
}

std::string_view MessageReader::since(std::size_t begin) const {
  return body_.substr(begin, cursor_.value_range().end - begin);
}

bool MessageReader::message(const Place& at, MessagePieces& pieces) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (!member(at, key, pieces)) return false;
  }
  return cursor_.ok();
}

bool MessageReader::once(const Place& at, std::uint32_t bit, MessagePieces& pieces) {
  if ((pieces.seen & bit) != 0) return reject(openai::duplicate(at.text()));
  pieces.seen |= bit;
  return true;
}

bool MessageReader::member(const Place& at, std::string_view key, MessagePieces& pieces) {
  if (key == "role") return once(at.of(key), 1, pieces) && text(at.of(key), pieces.role);
  if (key == "content") {
    const Place place = at.of("content");
    return once(place, 2, pieces) && content(place, pieces.content);
  }
  if (key == "tool_calls") {
    const Place place = at.of("tool_calls");
    return once(place, 4, pieces) && calls(place, pieces.calls);
  }
  if (key == "refusal") return text(at.of(key), pieces.refusal);
  if (key == "reasoning_content" || key == "reasoning") return reasoning(at, key, pieces);
  if (key == "function_call") return function_call(at.of("function_call"), pieces.calls);
  if (key == "tool_call_id") return text(at.of(key), pieces.call_id);
  if (key == "name") return text(at.of(key), pieces.name);
  if (key == "images") return images(at.of("images"), pieces.content);
  if (key == "annotations") return raw_member(pieces.annotations, Kind::array);
  if (key == "audio") return raw_member(pieces.audio, Kind::object);
  if (key == "cache_control") return read_cache_mark(cursor_, pieces.cache);
  return extra(pieces.extras, {});
}

// Keeps what is of the wanted kind and not empty.
bool MessageReader::raw_member(std::string_view& raw, Kind wanted) {
  const Kind kind = cursor_.kind();
  if (!cursor_.skip()) return false;
  const std::string_view json = cursor_.value_text();
  if (kind == wanted && json.find_first_not_of(" \t\r\n", 1) != json.size() - 1) raw = json;
  return true;
}

// Both spellings are around; of a message with both, the older one counts.
bool MessageReader::reasoning(const Place& at, std::string_view key, MessagePieces& pieces) {
  if (cursor_.kind() != Kind::string) return extra(pieces.extras, {});
  Text value;
  if (!text(at.of(key), value)) return false;
  const bool older = key == "reasoning_content";
  if (!value.empty() && (older || pieces.reasoning.empty())) pieces.reasoning = value;
  return true;
}

bool MessageReader::content(const Place& at, std::vector<Part>& out) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null) return cursor_.skip();
  if (kind == Kind::string) {
    Text value;
    if (!cursor_.string(value)) return false;
    if (!value.empty()) out.push_back(chat::text_part(value.decode()));
    return true;
  }
  if (kind != Kind::array) return wrong(at, "a string or an array of objects");
  cursor_.enter_array();
  for (std::size_t i = 0; cursor_.next_element(); ++i) {
    if (out.size() == limits_.parts_max) {
      return reject(
          openai::invalid(at.text(), "more than " + std::to_string(limits_.parts_max) + " parts."));
    }
    if (!part(at.at(i), out)) return false;
  }
  return cursor_.ok();
}

bool MessageReader::part(const Place& at, std::vector<Part>& out) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  const std::size_t begin = cursor_.offset();
  PartPieces pieces;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (!part_member(at, key, pieces)) return false;
  }
  return cursor_.ok() && finish_part(at, since(begin), pieces, out);
}

bool MessageReader::part_member(const Place& at, std::string_view key, PartPieces& pieces) {
  const Kind kind = cursor_.kind();
  if (is_of_message(key)) return cursor_.skip();
  if (key == "refusal" && kind == Kind::null) return cursor_.null();
  if (key == "type" || key == "text" || key == "refusal") {
    if (kind != Kind::string) return wrong(at.of(key), "a string");
    return cursor_.string((key == "type" ? pieces.type : pieces.text).emplace());
  }
  if (key == "prompt_cache_breakpoint" || key == "cache_control") {
    return read_cache_mark(cursor_, pieces.cache);
  }
  const std::string_view name = literal(key);
  if (name.empty()) return extra(pieces.extras, {});
  if (kind == Kind::string)
    return cursor_.string(pieces.url.emplace());  // some clients' short form
  return kind == Kind::object ? part_object(at.of(name), pieces) : wrong(at.of(name), "an object");
}

bool MessageReader::part_object(const Place& at, PartPieces& pieces) {
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    const bool given = cursor_.kind() != Kind::null;
    Text* out = nullptr;
    if (key == "url" && given) out = &pieces.url.emplace();
    if ((key == "data" || key == "file_data") && given) out = &pieces.data.emplace();
    if (key == "file_id") out = &pieces.file_id;
    if (key == "detail") out = &pieces.detail;
    if (key == "format") out = &pieces.format;
    if (key == "filename") out = &pieces.filename;
    const bool read = out == nullptr ? extra(pieces.extras, std::string(at.name).append("."))
                                     : text(at.of(key), *out);
    if (!read) return false;
  }
  return cursor_.ok();
}

bool MessageReader::finish_part(const Place& at, std::string_view raw, PartPieces& pieces,
                                std::vector<Part>& out) {
  if (!pieces.type) return reject(missing(at.of("type").text()));
  const std::string type = pieces.type->decode();
  drop_other_groups(type, pieces.extras);
  Part part{{}, std::move(pieces.cache), std::move(pieces.extras)};
  Media file;
  if (type == "text" || type == "refusal") {
    if (!pieces.text) return reject(missing(at.of(type).text()));
    if (type == "text") {
      part.value = chat::Text{pieces.text->decode(), {}};
    } else {
      part.value = chat::Refusal{pieces.text->decode()};
    }
  } else if (type == "image_url" || type == "video_url") {
    const Place place = at.of(type);
    if (!pieces.url) return reject(missing(place.of("url").text()));
    const MediaKind kind = type == "image_url" ? MediaKind::image : MediaKind::video;
    part.value = media_of_url(kind, pieces.url->decode(), pieces.detail);
  } else if (type == "input_audio") {
    const Place place = at.of(type);
    if (!pieces.data) return reject(missing(place.of("data").text()));
    Media media;
    media.kind = MediaKind::audio;
    media.mime = mime_of_audio(pieces.format.decode());
    media.data = pieces.data->decode();
    part.value = std::move(media);
  } else if (type == "file" &&
             !is_empty(file = media_of_file(pieces.filename, pieces.file_id, pieces.data))) {
    part.value = std::move(file);
  } else {
    part = Part{chat::Opaque{chat::Dialect::openai_chat, type, std::string(raw)}, {}, {}};
  }
  out.push_back(std::move(part));
  return true;
}

// Pictures that a model made, where OpenRouter and those who follow it put them.
bool MessageReader::images(const Place& at, std::vector<Part>& out) {
  return cursor_.kind() == Kind::array ? content(at, out) : cursor_.skip();
}

bool MessageReader::calls(const Place& at, std::vector<Part>& out) {
  const Kind kind = cursor_.kind();
  if (kind == Kind::null) return cursor_.skip();
  if (kind != Kind::array) return wrong(at, "an array of objects");
  cursor_.enter_array();
  for (std::size_t i = 0; cursor_.next_element(); ++i) {
    if (out.size() == limits_.parts_max) {
      return reject(
          openai::invalid(at.text(), "more than " + std::to_string(limits_.parts_max) + " calls."));
    }
    if (!call(at.at(i), out)) return false;
  }
  return cursor_.ok();
}

bool MessageReader::call(const Place& at, std::vector<Part>& out) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  Part part;
  chat::ToolCall call;
  call.signature.origin = chat::Dialect::gemini;  // the only one that this dialect can carry
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (!call_member(at, key, part, call)) return false;
  }
  if (!cursor_.ok()) return false;
  if (call.name.empty()) {
    const Place body = at.of(call.custom ? "custom" : "function");
    return reject(missing(body.of("name").text()));
  }
  part.value = std::move(call);
  out.push_back(std::move(part));
  return true;
}

bool MessageReader::call_member(const Place& at, std::string_view key, Part& part,
                                chat::ToolCall& call) {
  Text value;
  if (key == "id") {
    if (!text(at.of(key), value)) return false;
    call.id = value.decode();
    return true;
  }
  if (key == "type") {
    if (!text(at.of(key), value)) return false;
    call.custom = equals(value, "custom");
    return true;
  }
  if (key == "function") return call_object(at.of("function"), part, call);
  if (key == "custom") {
    call.custom = true;
    return call_object(at.of("custom"), part, call);
  }
  if (key == "extra_content") return extra_content(part, call);
  if (key == "index") return cursor_.skip();  // of a stream; some servers forget it here
  return extra(part.extras, {});
}

bool MessageReader::call_object(const Place& at, Part& part, chat::ToolCall& call) {
  if (cursor_.kind() != Kind::object) return wrong(at, "an object");
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    Text name;
    bool read = true;
    if (key == "name") {
      read = text(at.of(key), name);
      call.name = name.decode();
    } else if (key == "arguments" || key == "input") {
      read = arguments(call.arguments);
    } else {
      read = extra(part.extras, std::string(at.name).append("."));
    }
    if (!read) return false;
  }
  return cursor_.ok();
}

// A string of JSON; the object itself, as Ollama has it; or nothing.
bool MessageReader::arguments(std::string& out) {
  const bool null = cursor_.kind() == Kind::null;
  Text value;
  if (cursor_.maybe_string(value)) {
    out = value.decode();
  } else if (cursor_.ok()) {
    out = null ? std::string_view() : cursor_.value_text();
  }
  return cursor_.ok();
}

// {"google":{"thought_signature":"…"}}: Gemini's signature. Kept whole as well when there is more.
bool MessageReader::extra_content(Part& part, chat::ToolCall& call) {
  if (cursor_.kind() != Kind::object) return extra(part.extras, {});
  const std::size_t begin = cursor_.offset();
  bool more = false;
  std::string_view key;
  cursor_.enter_object();
  while (cursor_.next_key(key)) {
    if (key != "google" || cursor_.kind() != Kind::object) {
      more = true;
      continue;
    }
    cursor_.enter_object();
    while (cursor_.next_key(key)) {
      Text value;
      if (key == "thought_signature" && cursor_.maybe_string(value)) {
        call.signature.value = value.decode();
      } else {
        more = true;
      }
    }
  }
  if (more && cursor_.ok()) keep(part.extras, {}, "extra_content", since(begin));
  return cursor_.ok();
}

// The call of the time before tools: it has no id.
bool MessageReader::function_call(const Place& at, std::vector<Part>& out) {
  if (cursor_.kind() == Kind::null) return cursor_.skip();
  Part part;
  chat::ToolCall call;
  call.signature.origin = chat::Dialect::gemini;
  if (!call_object(at, part, call)) return false;
  if (call.name.empty()) return reject(missing(at.of("name").text()));
  part.extras.clear();
  part.value = std::move(call);
  out.push_back(std::move(part));
  return true;
}

}  // namespace headgate::llm::openai_chat
