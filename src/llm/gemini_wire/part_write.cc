#include <algorithm>
#include <utility>

#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using base::json::Cursor;
using base::json::Writer;
using chat::Media;
using chat::MediaKind;

// The first bytes of a file as base64, and what it then is.
std::string_view sniffed(const Media& media) {
  constexpr std::pair<std::string_view, std::string_view> kMagic[] = {
      {"iVBORw0KGgo", "image/png"},  {"/9j/", "image/jpeg"}, {"R0lGOD", "image/gif"},
      {"JVBERi", "application/pdf"}, {"SUQz", "audio/mpeg"}, {"T2dnUw", "audio/ogg"},
      {"ZkxhQ", "audio/flac"},
  };
  for (const auto& [magic, mime] : kMagic) {
    if (media.data.starts_with(magic)) return mime;
  }
  if (!media.data.starts_with("UklGR")) return {};
  return media.kind == MediaKind::audio ? "audio/wav" : "image/webp";
}

std::string_view by_extension(std::string_view url) {
  constexpr std::pair<std::string_view, std::string_view> kEndings[] = {
      {".png", "image/png"},       {".jpg", "image/jpeg"},  {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},       {".webp", "image/webp"}, {".heic", "image/heic"},
      {".pdf", "application/pdf"}, {".txt", "text/plain"},  {".mp3", "audio/mpeg"},
      {".wav", "audio/wav"},       {".mp4", "video/mp4"},   {".webm", "video/webm"},
  };
  url = url.substr(0, url.find_first_of("?#"));
  for (const auto& [ending, mime] : kEndings) {
    if (url.ends_with(ending)) return mime;
  }
  return {};
}

std::string_view fallback(MediaKind kind) {
  switch (kind) {
    case MediaKind::image: return "image/png";
    case MediaKind::audio: return "audio/mpeg";
    case MediaKind::video: return "video/mp4";
    case MediaKind::document: break;
  }
  return "application/octet-stream";
}

// Inline bytes need a type; of a file elsewhere the provider may find it out.
std::string_view mime_of(const Media& media) {
  if (!media.mime.empty()) return media.mime;
  if (media.data.empty()) return by_extension(media.url);
  const std::string_view found = sniffed(media);
  return found.empty() ? fallback(media.kind) : found;
}

void write_signature_member(Writer& out, std::string_view signature) {
  if (!signature.empty()) out.member("thoughtSignature", signature);
}

// All texts of a result as one; `joined` holds it where there are several.
std::string_view text_of(const chat::ToolResult& result, std::string& joined, bool& has_text) {
  std::string_view text;
  for (const chat::Part& part : result.content) {
    const auto* piece = part.as<chat::Text>();
    if (piece == nullptr) continue;
    if (!has_text) {
      text = piece->text;
      has_text = true;
      continue;
    }
    if (joined.empty()) joined = text;
    joined += '\n';
    joined += piece->text;
    text = joined;
  }
  return text;
}

// An object that means as a response what it means as a text.
bool is_plain_object(std::string_view text) {
  if (!text.starts_with('{') || !text.ends_with('}') || !is_json_object(text)) return false;
  Cursor cursor(text);
  std::string_view key;
  if (!cursor.enter_object() || !cursor.next_key(key)) return false;
  const bool special = key == "output" || key == "error";
  return !special || cursor.next_key(key);
}

bool is_container(std::string_view text) {
  if (text.starts_with('{') && text.ends_with('}')) return is_json_object(text);
  return text.starts_with('[') && text.ends_with(']') && is_json_array(text);
}

void write_response(Writer& out, const chat::ToolResult& result) {
  std::string joined;
  bool has_text = false;
  const std::string_view text = text_of(result, joined, has_text);
  if (!result.is_error && is_plain_object(text)) {
    out.member_raw("response", text);
    return;
  }
  out.object("response");
  const std::string_view name = result.is_error ? "error" : "output";
  const bool raw = is_container(text) && (result.is_error || text.starts_with('['));
  if (raw) {
    out.member_raw(name, text);
  } else if (has_text || result.is_error) {
    out.member(name, text);
  }
  out.end_object();
}

void write_parts(Writer& out, const chat::ToolResult& result, ResultParts parts) {
  bool open = false;
  for (const chat::Part& part : result.content) {
    const auto* media = part.as<chat::Media>();
    const auto* opaque = part.as<chat::Opaque>();
    if (opaque && opaque->origin != chat::Dialect::gemini) opaque = nullptr;
    if (media && !media->file_id.empty() && parts != ResultParts::all) media = nullptr;
    if (media == nullptr && opaque == nullptr) continue;
    if (!open) out.array("parts");
    open = true;
    if (media) write_media(out, *media, {}, part.extras);
    if (opaque) out.raw(opaque->json);
  }
  if (open) out.end_array();
}

}  // namespace

bool signs(const chat::Part& part, const chat::Part& before) {
  const auto* thought = part.as<chat::Reasoning>();
  if (thought == nullptr || !thought->text.empty() || thought->is_summary) return false;
  const auto& signature = thought->signature;
  if (signature.origin != chat::Dialect::gemini || signature.empty()) return false;
  const auto* text = before.as<chat::Text>();
  return before.as<Media>() != nullptr || (text != nullptr && !text->text.empty());
}

void write_signature(Writer& out, const chat::Signature& signature) {
  if (signature.origin == chat::Dialect::gemini) write_signature_member(out, signature.value);
}

void write_text(Writer& out, std::string_view text, bool thought, std::string_view signature,
                const chat::Extras& extras) {
  out.begin_object();
  out.member("text", text);
  if (thought) out.member("thought", true);
  write_signature_member(out, signature);
  write_extras(out, extras, {});
  out.end_object();
}

void write_media(Writer& out, const Media& media, std::string_view signature,
                 const chat::Extras& extras) {
  const bool is_inline = media.url.empty() && media.file_id.empty();
  const std::string_view mime = mime_of(media);
  const std::string_view prefix = is_inline ? "inlineData." : "fileData.";
  out.begin_object();
  out.object(is_inline ? "inlineData" : "fileData");
  if (!mime.empty()) out.member("mimeType", mime);
  if (is_inline) {
    out.member("data", media.data);
  } else {
    out.member("fileUri", media.file_id.empty() ? media.url : media.file_id);
  }
  if (!media.filename.empty()) out.member("displayName", media.filename);
  write_extras(out, extras, prefix);
  out.end_object();
  write_signature_member(out, signature);
  write_extras(out, extras, {}, {prefix});
  out.end_object();
}

void write_call(Writer& out, const chat::ToolCall& call, std::string_view args,
                std::string_view signature, const chat::Extras& extras) {
  out.begin_object();
  out.object("functionCall");
  if (!call.id.empty() && !is_made_id(call.id)) out.member("id", call.id);
  out.member("name", call.name);
  out.member_raw("args", args);
  write_extras(out, extras, "functionCall.");
  out.end_object();
  write_signature_member(out, signature);
  write_extras(out, extras, {}, {"functionCall."});
  out.end_object();
}

void write_function_response(Writer& out, const chat::ToolResult& result, std::string_view name,
                             ResultParts parts, const chat::Extras& extras) {
  out.begin_object();
  out.object("functionResponse");
  if (!result.call_id.empty() && !is_made_id(result.call_id)) out.member("id", result.call_id);
  out.member("name", name);
  write_response(out, result);
  if (parts != ResultParts::none) write_parts(out, result, parts);
  write_extras(out, extras, "functionResponse.");
  out.end_object();
  write_extras(out, extras, {}, {"functionResponse."});
  out.end_object();
}

void write_extras(Writer& out, const chat::Extras& extras, std::string_view prefix,
                  std::initializer_list<std::string_view> nested) {
  for (const chat::Extra& extra : extras) {
    const std::string_view name = extra.name;
    if (!name.starts_with(prefix)) continue;
    const bool inner = std::any_of(nested.begin(), nested.end(), [&](std::string_view deeper) {
      return name.starts_with(deeper);
    });
    if (!inner) out.member_raw(name.substr(prefix.size()), extra.json);
  }
}

std::optional<std::string_view> args_object(const chat::ToolCall& call) {
  const std::string_view blanks = " \t\r\n";
  if (call.arguments.find_first_not_of(blanks) == std::string::npos) return "{}";
  if (call.custom || !is_json_object(call.arguments)) return std::nullopt;
  return call.arguments;
}

}  // namespace headgate::llm::gemini
