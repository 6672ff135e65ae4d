#include "llm/responses_items/content_decode.h"

#include <utility>

namespace headgate::llm::responses {
namespace {

using base::json::Kind;
using chat::Dialect;
using chat::Media;
using chat::MediaKind;
using chat::Part;

// The place of `reading` inside a list of the item, for as long as it lives.
class Inside {
 public:
  Inside(Reading& reading, std::string_view list) : reading_(reading), before_(reading.at) {
    // A list within a list (there is none in the API) keeps the outer place.
    if (before_.list.empty()) reading.at.list = list;
  }
  ~Inside() { reading_.at = before_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  /// The next element; false when there are too many.
  bool next(std::size_t elements_max) {
    const auto index = static_cast<std::size_t>(++reading_.at.part);
    return index < elements_max || reading_.reject("", "too many elements");
  }

 private:
  Reading& reading_;
  Place before_;
};

// prompt_cache_breakpoint {"mode":"explicit","ttl":…}
bool cache_mark(Reading& reading, Part& part) {
  if (reading.cursor.kind() != Kind::object) return reading.cursor.skip();
  chat::CacheMark mark;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "ttl" && !reading.string("prompt_cache_breakpoint.ttl", mark.ttl)) return false;
  }
  part.cache = std::move(mark);
  return reading.ok();
}

// Takes a base64 data: URL apart; false when it is something else.
bool take_data_url(Media& media, std::string_view url) {
  constexpr std::string_view kData = "data:";
  constexpr std::string_view kBase64 = ";base64,";
  media.data.clear();
  media.mime.clear();
  const std::size_t mark = url.find(';');
  if (!url.starts_with(kData) || mark == std::string_view::npos || mark == kData.size() ||
      url.substr(mark, kBase64.size()) != kBase64) {
    return false;
  }
  media.mime = url.substr(kData.size(), mark - kData.size());
  media.data = url.substr(mark + kBase64.size());
  return !media.data.empty();
}

bool image_url(Reading& reading, Media& media) {
  std::string url;
  if (!reading.string("image_url", url)) return false;
  media.url.clear();
  if (take_data_url(media, url)) return true;
  media.mime.clear();
  media.url = std::move(url);
  return true;
}

bool file_data(Reading& reading, Media& media) {
  std::string data;
  if (!reading.string("file_data", data)) return false;
  if (take_data_url(media, data)) return true;
  media.mime.clear();
  media.data = std::move(data);
  return true;
}

bool set_detail(Reading& reading, Media& media) {
  if (!reading.string("detail", media.detail)) return false;
  if (media.detail == "auto") media.detail.clear();  // what it means to say nothing
  return true;
}

bool input_image(Reading& reading, Part& part) {
  Media media;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "image_url") {
      read = image_url(reading, media);
    } else if (key == "file_id") {
      read = reading.string("file_id", media.file_id);
    } else if (key == "detail") {
      read = set_detail(reading, media);
    } else if (key == "prompt_cache_breakpoint") {
      read = cache_mark(reading, part);
    } else {
      read = reading.extra(key, part.extras);
    }
    if (!read) return false;
  }
  part.value = std::move(media);
  return reading.ok();
}

bool input_file(Reading& reading, Part& part) {
  Media media{.kind = MediaKind::document};
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "file_data") {
      read = file_data(reading, media);
    } else if (key == "file_url") {
      read = reading.string("file_url", media.url);
    } else if (key == "file_id") {
      read = reading.string("file_id", media.file_id);
    } else if (key == "filename") {
      read = reading.string("filename", media.filename);
    } else if (key == "detail") {
      read = set_detail(reading, media);
    } else if (key == "prompt_cache_breakpoint") {
      read = cache_mark(reading, part);
    } else {
      read = reading.extra(key, part.extras);
    }
    if (!read) return false;
  }
  part.value = std::move(media);
  return reading.ok();
}

// False, without an error, where the object says more than we know.
bool audio_object(Reading& reading, Media& media) {
  if (!reading.enter_object("input_audio")) return false;
  std::string_view key;
  std::string format;
  bool known = true;
  while (reading.cursor.next_key(key)) {
    if (key == "data") {
      if (!reading.string("input_audio.data", media.data)) return false;
    } else if (key == "format") {
      if (!reading.string("input_audio.format", format)) return false;
    } else {
      known = false;
    }
  }
  media.mime = format.empty() ? std::string() : "audio/" + format;
  return known && reading.ok();
}

bool input_audio(Reading& reading, Part& part) {
  const base::json::Cursor begin = reading.cursor;
  Media media{.kind = MediaKind::audio};
  bool known = true;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    if (key == "input_audio") {
      known = audio_object(reading, media) && known;
    } else {
      reading.extra(key, part.extras);
    }
    if (!reading.ok()) return false;
  }
  if (!reading.ok()) return false;
  if (!known) {
    reading.cursor = begin;
    part = Part{};
    return decode_opaque(reading, "input_audio", part);
  }
  part.value = std::move(media);
  return true;
}

// An array that is worth keeping: not "[]".
bool filled_array(Reading& reading, std::string_view member, std::string& out) {
  if (!reading.raw(member, Kind::array, out)) return false;
  if (out.find_first_not_of(" \t\r\n", 1) == out.size() - 1) out.clear();
  return true;
}

bool logprobs(Reading& reading, Part& part) {
  std::string array;
  if (!filled_array(reading, "logprobs", array)) return false;
  if (array.empty()) return true;
  if (reading.logprobs == nullptr) {
    part.extras.push_back({"logprobs", std::move(array)});
  } else if (reading.logprobs->empty()) {
    *reading.logprobs = std::move(array);
  } else {
    reading.logprobs->back() = ',';
    reading.logprobs->append(array, 1);
  }
  return true;
}

bool text_part(Reading& reading, bool is_output, Part& part) {
  chat::Text text;
  bool seen = false;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    bool read = true;
    if (key == "text") {
      seen = true;
      read = reading.string("text", text.text);
    } else if (is_output && key == "annotations") {
      read = filled_array(reading, "annotations", text.annotations);
    } else if (is_output && key == "logprobs") {
      read = logprobs(reading, part);
    } else if (key == "prompt_cache_breakpoint") {
      read = cache_mark(reading, part);
    } else {
      read = reading.extra(key, part.extras);
    }
    if (!read) return false;
  }
  part.value = std::move(text);
  return reading.ok() && (seen || reading.missing("text"));
}

bool refusal_part(Reading& reading, Part& part) {
  chat::Refusal refusal;
  std::string_view key;
  reading.cursor.enter_object();
  while (reading.cursor.next_key(key)) {
    if (key == "type") continue;
    const bool read = key == "refusal" ? reading.string("refusal", refusal.text)
                                       : reading.extra(key, part.extras);
    if (!read) return false;
  }
  part.value = std::move(refusal);
  return reading.ok();
}

}  // namespace

bool decode_part(Reading& reading, Part& part) {
  const Kind kind = reading.cursor.kind();
  if (kind == Kind::none) return reading.cursor.skip();
  if (kind != Kind::object) return reading.wrong_type("", "an object", kind);
  const std::string_view type = peek_type(reading.cursor);
  if (type == "input_text") return text_part(reading, false, part);
  if (type == "output_text") return text_part(reading, true, part);
  if (type == "input_image") return input_image(reading, part);
  if (type == "input_file") return input_file(reading, part);
  if (type == "input_audio") return input_audio(reading, part);
  if (type == "refusal") return refusal_part(reading, part);
  if (type.empty()) return reading.missing("type");
  return decode_opaque(reading, type, part);
}

bool decode_opaque(Reading& reading, std::string_view type, Part& part) {
  const std::string name(type);
  if (!reading.cursor.skip()) return false;
  part.value =
      chat::Opaque{Dialect::openai_responses, name, std::string(reading.cursor.value_text())};
  return true;
}

bool decode_thoughts(Reading& reading, std::string_view list, std::vector<Part>& parts) {
  Inside inside(reading, list);
  if (!reading.enter_array("")) return reading.ok();
  while (reading.cursor.next_element()) {
    if (!inside.next(reading.limits.parts_max) || !reading.enter_object("")) return false;
    Part& part = parts.emplace_back();
    chat::Reasoning thought;
    thought.is_summary = list == "summary";
    std::string_view key;
    while (reading.cursor.next_key(key)) {
      if (key == "type") continue;
      const bool read =
          key == "text" ? reading.string("text", thought.text) : reading.extra(key, part.extras);
      if (!read) return false;
    }
    part.value = std::move(thought);
  }
  return reading.ok();
}

bool decode_content(Reading& reading, std::string_view list, std::vector<Part>& parts) {
  const Kind kind = reading.cursor.kind();
  if (kind == Kind::string) {
    std::string text;
    if (!reading.string(list, text)) return false;
    if (!text.empty()) parts.push_back(chat::text_part(std::move(text)));
    return true;
  }
  if (kind != Kind::array && kind != Kind::null && kind != Kind::none) {
    return reading.wrong_type(list, "a string or an array of objects", kind);
  }
  Inside inside(reading, list);
  if (!reading.enter_array("")) return reading.ok();
  while (reading.cursor.next_element()) {
    if (!inside.next(reading.limits.parts_max)) return false;
    if (!decode_part(reading, parts.emplace_back())) return false;
  }
  return reading.ok();
}

bool is_content_type(std::string_view type) {
  return type.starts_with("input_") || type.starts_with("output_");
}

}  // namespace headgate::llm::responses
