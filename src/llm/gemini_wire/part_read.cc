#include <algorithm>
#include <array>
#include <utility>

#include "base/text/strings.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using chat::Dialect;
using chat::Media;
using chat::MediaKind;
using chat::Reasoning;
using chat::Text;
using chat::ToolCall;
using chat::ToolResult;

// Members that say something about a part's data instead of being it.
constexpr std::array<std::string_view, 5> kAbout = {
    "videoMetadata", "mediaResolution", "partMetadata", "mediaProcessing", "speechMetadata"};

bool is_placeholder(std::string_view signature) {
  return signature == kPlaceholderSignature || signature == "context_engineering_is_the_way_to_go";
}

MediaKind kind_of(std::string_view mime) {
  if (mime.starts_with("image/")) return MediaKind::image;
  if (mime.starts_with("audio/")) return MediaKind::audio;
  return mime.starts_with("video/") ? MediaKind::video : MediaKind::document;
}

// Whether only the provider itself can read what is there.
bool is_stored_file(std::string_view uri) {
  if (uri.starts_with("gs://") || uri.starts_with("files/")) return true;
  return uri.starts_with("https://generativelanguage.googleapis.com/") &&
         uri.find("/files/") != std::string_view::npos;
}

bool read_media(Reading& reading, std::string_view prefix, Media& out, chat::Extras& extras) {
  if (!reading.enter()) return false;
  std::string_view name;
  std::string uri;
  while (reading.member(name)) {
    if (name == "mimeType") {
      reading.string(out.mime);
    } else if (name == "data") {
      reading.string(out.data);
    } else if (name == "fileUri") {
      reading.string(uri);
    } else if (name == "displayName") {
      reading.string(out.filename);
    } else {
      reading.extra(extras, prefix, name);
    }
  }
  (is_stored_file(uri) ? out.file_id : out.url) = std::move(uri);
  out.kind = kind_of(out.mime);
  return !reading.failed();
}

Reasoning carrier(std::string signature) {
  Reasoning reasoning;
  reasoning.signature = {Dialect::gemini, std::move(signature)};
  return reasoning;
}

// Reads one part. Which member says what it is may come last, so that is settled at the end.
class PartReader {
 public:
  PartReader(Reading& reading, WirePart& out) : reading_(reading), out_(out) {}

  bool member(std::string_view name);
  bool done(std::string_view whole);

 private:
  bool data(std::string_view name);
  bool call();
  bool call_member(std::string_view name, ToolCall& call);
  bool opaque(std::string_view type, std::string_view whole);

  Reading& reading_;
  WirePart& out_;
  std::string_view kind_;  // the member that is its data; static text
  std::string unknown_;    // the first member that nobody here knows
  bool thought_ = false;
};

bool PartReader::member(std::string_view name) {
  if (name == "thought") return reading_.boolean(thought_);
  if (name == "thoughtSignature") return reading_.string(out_.signature);
  for (const std::string_view kind :
       {"text", "functionCall", "functionResponse", "inlineData", "fileData"}) {
    if (name != kind) continue;
    if (!kind_.empty()) return reading_.reject("more than one kind of data");
    kind_ = kind;
    const Reading::Step step(reading_, kind);
    return data(kind);
  }
  if (unknown_.empty() && std::find(kAbout.begin(), kAbout.end(), name) == kAbout.end()) {
    unknown_ = name;
  }
  return reading_.extra(out_.part.extras, {}, name);
}

bool PartReader::data(std::string_view name) {
  if (name == "text") return reading_.string(out_.part.value.emplace<Text>().text);
  if (name == "functionCall") return call();
  if (name == "functionResponse") {
    if (reading_.from_provider()) return reading_.cursor.skip();
    return read_function_response(reading_, out_.part.value.emplace<ToolResult>(),
                                  out_.part.extras);
  }
  const std::string_view prefix = name == "inlineData" ? "inlineData." : "fileData.";
  return read_media(reading_, prefix, out_.part.value.emplace<Media>(), out_.part.extras);
}

bool PartReader::call() {
  if (!reading_.enter()) return false;
  ToolCall& call = out_.part.value.emplace<ToolCall>();
  call.signature.origin = Dialect::gemini;
  std::string_view name;
  while (reading_.member(name)) {
    if (!call_member(name, call)) return false;
  }
  if (call.arguments.empty()) call.arguments = "{}";
  return !reading_.failed();
}

bool PartReader::call_member(std::string_view name, ToolCall& call) {
  if (name == "id") return reading_.string(call.id);
  if (name == "name") return reading_.string(call.name);
  if (name == "args") {
    const Reading::Step step(reading_, "args");
    out_.has_args = true;
    return reading_.raw_object(call.arguments);
  }
  if (reading_.from_provider() && name == "partialArgs") return reading_.raw(out_.partial_args);
  if (reading_.from_provider() && name == "willContinue") {
    return reading_.boolean(out_.will_continue);
  }
  return reading_.extra(out_.part.extras, "functionCall.", name);
}

bool PartReader::opaque(std::string_view type, std::string_view whole) {
  out_.part = {chat::Opaque{Dialect::gemini, std::string(type), std::string(whole)}, {}, {}};
  out_.signature.clear();
  return true;
}

bool PartReader::done(std::string_view whole) {
  if (reading_.failed()) return false;
  if (is_placeholder(out_.signature)) out_.signature.clear();
  if (kind_.empty() && !unknown_.empty()) return opaque(unknown_, whole);
  if (kind_.empty() && out_.signature.empty() && !reading_.from_provider()) {
    return reading_.reject("a part needs one kind of data");
  }
  if (reading_.from_provider() && kind_ == "functionResponse") return opaque(kind_, whole);
  if (!thought_ || kind_ == "functionCall") return true;
  Text* text = out_.part.as<Text>();
  if (text == nullptr) return opaque("thought", whole);  // an image on the way to another, say
  Reasoning reasoning;
  reasoning.text = std::move(text->text);
  reasoning.is_summary = true;
  reasoning.signature.origin = Dialect::gemini;
  out_.part.value = std::move(reasoning);
  return true;
}

// What a response object says, in the form that other dialects have: text, and whether it failed.
class ResponseReader {
 public:
  explicit ResponseReader(std::string_view json) : json_(json), cursor_(json) {}

  void read(ToolResult& out) {
    std::string_view key;
    if (!cursor_.enter_object() || !cursor_.next_key(key)) return;
    const bool output = key == "output";
    const bool error = key == "error";
    base::json::Text text;
    const bool is_text = cursor_.maybe_string(text);
    const std::string_view value = cursor_.value_text();
    if ((output || error) && !cursor_.next_key(key)) {
      out.is_error = error;
      out.content.insert(out.content.begin(),
                         chat::text_part(is_text ? text.decode() : std::string(value)));
      return;
    }
    out.content.insert(out.content.begin(), chat::text_part(std::string(json_)));
  }

 private:
  std::string_view json_;
  base::json::Cursor cursor_;
};

bool read_response_part(Reading& reading, ToolResult& out) {
  const std::size_t begin = reading.cursor.offset();
  WirePart wire;
  if (!read_part(reading, wire)) return false;
  const bool plain = wire.signature.empty() && wire.part.as<Media>();
  if (!plain && !wire.part.as<chat::Opaque>()) {
    const std::size_t end = reading.cursor.value_range().end;
    wire.part = {
        chat::Opaque{Dialect::gemini, "part", std::string(reading.text.substr(begin, end - begin))},
        {},
        {}};
  }
  out.content.push_back(std::move(wire.part));
  return true;
}

}  // namespace

bool WirePart::is_empty() const {
  const Text* text = part.as<Text>();
  return text != nullptr && text->text.empty() && signature.empty() && part.extras.empty();
}

bool WirePart::is_carrier() const {
  const Text* text = part.as<Text>();
  const Reasoning* thought = part.as<Reasoning>();
  if (signature.empty() || !part.extras.empty()) return false;
  return text != nullptr ? text->text.empty() : thought != nullptr && thought->text.empty();
}

bool read_part(Reading& reading, WirePart& out) {
  const std::size_t begin = reading.cursor.offset();
  if (!reading.enter()) return false;
  PartReader part(reading, out);
  std::string_view name;
  while (reading.member(name)) {
    if (!part.member(name)) return false;
  }
  return part.done(reading.text.substr(begin, reading.cursor.value_range().end - begin));
}

void append_part(std::vector<chat::Part>& parts, WirePart&& wire) {
  chat::Signature signature{Dialect::gemini, std::move(wire.signature)};
  const bool carries = !signature.empty() && wire.part.extras.empty();
  const Text* text = wire.part.as<Text>();
  if (carries && !parts.empty()) {
    Reasoning* thought = wire.part.as<Reasoning>();
    const bool empty = text ? text->text.empty() : thought && thought->text.empty();
    Reasoning* last = empty ? parts.back().as<Reasoning>() : nullptr;
    ToolCall* call = empty && text ? parts.back().as<ToolCall>() : nullptr;
    chat::Signature* target = last ? &last->signature : call ? &call->signature : nullptr;
    if (target && target->empty()) {
      *target = std::move(signature);
      return;
    }
  }
  if (carries && text && text->text.empty()) {
    parts.push_back({carrier(std::move(signature.value)), {}, {}});
    return;
  }
  parts.push_back(std::move(wire.part));
  if (signature.empty()) return;
  chat::Part& part = parts.back();
  if (auto* thought = part.as<Reasoning>()) {
    thought->signature = std::move(signature);
  } else if (auto* call = part.as<ToolCall>()) {
    call->signature = std::move(signature);
  } else if (part.as<ToolResult>()) {
    part.extras.push_back({"thoughtSignature", base::json_string(signature.value)});
  } else {
    parts.push_back({carrier(std::move(signature.value)), {}, {}});
  }
}

bool read_function_response(Reading& reading, ToolResult& out, chat::Extras& extras) {
  if (!reading.enter()) return false;
  std::string_view name;
  std::string response;
  while (reading.member(name)) {
    if (name == "id") {
      reading.string(out.call_id);
    } else if (name == "name") {
      reading.string(out.name);
    } else if (name == "response") {
      const Reading::Step step(reading, "response");
      reading.raw_object(response);
    } else if (name == "parts") {
      reading.each("parts", reading.limits.parts_max,
                   [&] { return read_response_part(reading, out); });
    } else {
      reading.extra(extras, "functionResponse.", name);
    }
  }
  if (reading.failed()) return false;
  if (!response.empty()) ResponseReader(response).read(out);
  return true;
}

}  // namespace headgate::llm::gemini
