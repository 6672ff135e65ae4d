#include "llm/openai_chat/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace headgate::llm::openai_chat {

using base::json::Cursor;
using base::json::Kind;
using chat::StopReason;

namespace {

constexpr std::string_view kBase64Mark = ";base64,";
constexpr std::string_view kAudio = "audio/";

constexpr std::array<std::pair<std::string_view, StopReason>, 5> kStops{
    {{"stop", StopReason::stop},
     {"length", StopReason::length},
     {"tool_calls", StopReason::tool_calls},
     {"function_call", StopReason::tool_calls},
     {"content_filter", StopReason::content_filter}}};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A member whose own name looks like the path of another one could not be told from it.
bool is_ambiguous(std::string_view group, std::string_view name) {
  constexpr std::array<std::string_view, 10> kGroups = {
      "image_url.", "video_url.", "input_audio.", "file.",           "function.",
      "custom.",    "message.",   "audio.",       "stream_options.", "response_format."};
  if (!group.empty()) return group == "response_format." && name.starts_with("json_schema.");
  return std::any_of(kGroups.begin(), kGroups.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_in(const chat::Extra& extra, std::string_view group) {
  return !group.empty() && extra.name.starts_with(group);
}

// One element of an array of annotations: OpenAI's nested form as it is, the flat one of its
// responses nested.
void add_annotation(std::string& array, std::string_view json, bool all) {
  Cursor cursor(json);
  if (!cursor.enter_object()) return;
  bool nested = false;
  bool is_url = false;
  bool has_url = false;
  std::string flat;
  base::json::Writer writer(flat);
  writer.begin_object();
  std::string_view key;
  while (cursor.next_key(key)) {
    if (key == "url_citation") nested = true;
    if (key == "url") has_url = true;
    const bool member = is_one_of(key, {"url", "title", "start_index", "end_index"});
    if (member) writer.key(key);
    base::json::Text type;
    if (key == "type" && cursor.maybe_string(type)) {
      is_url = equals(type, "url_citation");
    } else if (cursor.skip() && member) {
      writer.raw(cursor.value_text());
    }
  }
  const bool is_flat = is_url && has_url && !nested;
  if (!cursor.ok() || (!nested && !is_flat && !all)) return;
  writer.end_object();
  if (array.empty()) {
    array = "[";
  } else {
    array.back() = ',';
  }
  if (is_flat) {
    array.append(R"({"type":"url_citation","url_citation":)").append(flat).append("}");
  } else {
    array += json;
  }
  array += ']';
}

}  // namespace

Said said_by(const chat::Candidate& candidate) {
  Said said;
  for (const chat::Part& part : candidate.parts) {
    said.text = said.text || part.as<chat::Text>() != nullptr;
    said.refusal = said.refusal || part.as<chat::Refusal>() != nullptr;
    said.calls = said.calls || part.as<chat::ToolCall>() != nullptr;
  }
  return said;
}

StopReason stop_of(std::string_view finish_reason, const Said& said) {
  if (finish_reason.empty()) return StopReason::none;
  const auto* found = std::find_if(kStops.begin(), kStops.end(),
                                   [&](const auto& row) { return row.first == finish_reason; });
  if (found == kStops.end()) return StopReason::other;
  if (found->second != StopReason::stop) return found->second;
  if (said.calls) return StopReason::tool_calls;
  return said.refusal && !said.text ? StopReason::refusal : StopReason::stop;
}

std::string_view finish_reason_of(StopReason stop, std::string_view native, const Said& said) {
  if (stop == stop_of(native, said) && stop != StopReason::none && stop != StopReason::other &&
      native != "function_call") {
    return native;
  }
  switch (stop) {
    // The answer is not whole, and this is the only word for that.
    case StopReason::pause:
    case StopReason::malformed:
    case StopReason::context:
    case StopReason::length: return "length";
    case StopReason::tool_calls: return "tool_calls";
    case StopReason::content_filter: return "content_filter";
    case StopReason::refusal: return said.refusal ? "stop" : "content_filter";
    case StopReason::none: return said.calls ? "tool_calls" : "stop";
    default: return "stop";
  }
}

std::string mime_of_audio(std::string_view format) {
  if (is_one_of(format, {"wav", "x-wav", "wave"})) return "audio/wav";
  if (is_one_of(format, {"mp3", "mpeg"})) return "audio/mpeg";
  return std::string(kAudio).append(format);
}

std::string_view format_of_audio(std::string_view mime) {
  if (!mime.starts_with(kAudio)) return mime;
  const std::string_view format = mime.substr(kAudio.size());
  if (is_one_of(format, {"wav", "x-wav", "wave"})) return "wav";
  if (is_one_of(format, {"mp3", "mpeg"})) return "mp3";
  return format;
}

void assign_url(chat::Media& media, std::string url) {
  constexpr std::string_view kScheme = "data:";
  const std::size_t mark = url.starts_with(kScheme) ? url.find(kBase64Mark) : std::string::npos;
  if (mark == std::string::npos || mark + kBase64Mark.size() == url.size()) {
    media.url = std::move(url);
    return;
  }
  media.mime = url.substr(kScheme.size(), mark - kScheme.size());
  url.erase(0, mark + kBase64Mark.size());
  media.data = std::move(url);
}

std::string url_of(const chat::Media& media) {
  if (media.data.empty()) return media.url;
  std::string url = "data:";
  url.reserve(url.size() + media.mime.size() + kBase64Mark.size() + media.data.size());
  return url.append(media.mime).append(kBase64Mark).append(media.data);
}

std::string made_up_call_id(std::string_view answer_id, std::size_t candidate, std::size_t call) {
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  std::string id = "call_";
  std::copy_if(answer_id.begin(), answer_id.end(), std::back_inserter(id), is_plain);
  constexpr std::size_t kBytesMax = 40;
  if (id.size() > kBytesMax) id.erase(5, id.size() - kBytesMax);
  if (candidate > 0) id += "_" + std::to_string(candidate);
  return id + "_" + std::to_string(call);
}

void keep(chat::Extras& extras, std::string_view group, std::string_view name,
          std::string_view json) {
  if (json == "null" || is_ambiguous(group, name)) return;
  extras.push_back({std::string(group).append(name), std::string(json)});
}

void write_extras(base::json::Writer& writer, const chat::Extras& extras, std::string_view group,
                  std::string_view but) {
  for (const chat::Extra& extra : extras) {
    if (is_in(extra, group) && !is_in(extra, but)) {
      writer.member_raw(std::string_view(extra.name).substr(group.size()), extra.json);
    }
  }
}

void write_ungrouped(base::json::Writer& writer, const chat::Extras& extras,
                     std::initializer_list<std::string_view> groups) {
  for (const chat::Extra& extra : extras) {
    const bool grouped = std::any_of(groups.begin(), groups.end(),
                                     [&](std::string_view group) { return is_in(extra, group); });
    if (!grouped) writer.member_raw(extra.name, extra.json);
  }
}

void write_signature(base::json::Writer& writer, const chat::Signature& signature) {
  if (signature.empty() || signature.origin != chat::Dialect::gemini) return;
  writer.object("extra_content");
  writer.object("google");
  writer.member("thought_signature", signature.value);
  writer.end_object();
  writer.end_object();
}

void write_call(base::json::Writer& writer, const chat::Part& part, bool own) {
  const auto& call = *part.as<chat::ToolCall>();
  const std::string_view kind = call.custom ? "custom" : "function";
  const std::string_view group = call.custom ? "custom." : "function.";
  const bool nothing = call.arguments.empty() && !call.custom && !own;
  writer.begin_object();
  writer.member("id", call.id);
  writer.member("type", kind);
  writer.object(kind);
  writer.member("name", call.name);
  writer.member(call.custom ? "input" : "arguments",
                nothing ? std::string_view("{}") : std::string_view(call.arguments));
  if (own) write_extras(writer, part.extras, group);
  writer.end_object();
  const auto is_whole = [](const chat::Extra& extra) { return extra.name == "extra_content"; };
  const bool whole = own && std::any_of(part.extras.begin(), part.extras.end(), is_whole);
  if (!whole) write_signature(writer, call.signature);
  if (own) write_ungrouped(writer, part.extras, {group});
  writer.end_object();
}

bool is_image(const chat::Part& part) {
  const auto* media = part.as<chat::Media>();
  return media != nullptr && media->kind == chat::MediaKind::image &&
         !(media->data.empty() && media->url.empty());
}

void write_image(base::json::Writer& writer, const chat::Media& media) {
  writer.begin_object();
  writer.member("type", "image_url");
  writer.object("image_url");
  writer.member("url", url_of(media));
  writer.end_object();
  writer.end_object();
}

void add_annotations(std::string& array, std::string_view json, bool all) {
  Cursor cursor(json);
  if (cursor.kind() == Kind::object) return add_annotation(array, json, all);
  if (!cursor.enter_array()) return;
  while (cursor.next_element()) {
    if (cursor.skip()) add_annotation(array, cursor.value_text(), all);
  }
}

std::string answer_id(std::string_view given, const std::string& id) {
  if (!given.empty()) return std::string(given);
  return id.starts_with("chatcmpl-") ? id : "chatcmpl-" + id;
}

bool read_cache_mark(Cursor& cursor, std::optional<chat::CacheMark>& mark) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  mark.emplace();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    base::json::Text ttl;
    if (key == "ttl" && cursor.maybe_string(ttl)) mark->ttl = ttl.decode();
  }
  return cursor.ok();
}

}  // namespace headgate::llm::openai_chat
