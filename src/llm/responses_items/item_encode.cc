#include "llm/responses_items/item_encode.h"

#include <algorithm>
#include <string>

#include "llm/responses_items/carrier.h"
#include "llm/responses_items/item_decode.h"

namespace headgate::llm::responses {
namespace {

using base::json::Writer;
using chat::Dialect;
using chat::Media;
using chat::MediaKind;
using chat::Part;
using chat::Reasoning;
using chat::Refusal;
using chat::Text;
using chat::ToolCall;

bool in_message(const Part& part) { return part.as<Text>() || part.as<Refusal>(); }

bool is_of_item(const chat::Extra& extra) {
  return std::string_view(extra.name).starts_with(kItemExtra);
}

// Of the message or reasoning item that `part` begins.
void write_item_extras(Writer& out, const Part& part, const ItemForm& form) {
  if (!form.is_own) return;
  for (const chat::Extra& extra : part.extras) {
    if (is_of_item(extra)) {
      out.member_raw(std::string_view(extra.name).substr(kItemExtra.size()), extra.json);
    }
  }
}

void write_extras(Writer& out, const Part& part, const ItemForm& form) {
  if (!form.is_own) return;
  for (const chat::Extra& extra : part.extras) {
    if (!is_of_item(extra)) out.member_raw(extra.name, extra.json);
  }
}

void write_cache_mark(Writer& out, const ItemForm& form) {
  if (form.cache == nullptr) return;
  out.object("prompt_cache_breakpoint");
  out.member("mode", "explicit");
  if (!form.cache->ttl.empty()) out.member("ttl", form.cache->ttl);
  out.end_object();
}

void write_head(Writer& out, std::string_view type, const ItemForm& form) {
  out.begin_object();
  if (!form.id.empty()) out.member("id", form.id);
  out.member("type", type);
  if (!form.status.empty()) out.member("status", form.status);
}

void write_annotations(Writer& out, const Text& text, const ItemForm& form) {
  if (text.annotations.empty()) return out.member_raw("annotations", "[]");
  if (form.is_own && !form.is_answer) return out.member_raw("annotations", text.annotations);
  out.member_raw("annotations", '[' + known_annotations(text.annotations) + ']');
}

void write_message(Writer& out, std::span<const Part> parts, const ItemForm& form) {
  write_head(out, "message", form);
  out.member("role", "assistant");
  write_item_extras(out, parts.front(), form);
  out.array("content");
  ItemForm rest = form;
  for (const Part& part : parts) {
    if (part.as<Refusal>()) {
      write_refusal(out, part, rest);
    } else {
      write_output_text(out, part, rest);
      rest.logprobs = {};
    }
  }
  out.end_array();
  out.end_object();
}

// A request of our own API says what it said; answers show raw thoughts of other APIs as summaries.
bool is_raw(const Reasoning& thought, const ItemForm& form) {
  return is_raw_thought(thought) || (!thought.is_summary && form.is_own && !form.is_answer);
}

// A piece without a text is none, unless our own API told it apart from others.
bool is_shown(const Part& part, std::size_t pieces, const ItemForm& form) {
  if (!part.as<Reasoning>()->text.empty()) return true;
  const bool told_apart =
      pieces > 1 || !std::all_of(part.extras.begin(), part.extras.end(), is_of_item);
  return told_apart && !form.is_answer && form.is_own;
}

void write_thoughts(Writer& out, std::span<const Part> parts, bool raw, const ItemForm& form) {
  for (const Part& part : parts) {
    const bool fits = is_raw(*part.as<Reasoning>(), form) == raw;
    if (fits && is_shown(part, parts.size(), form)) write_thought(out, part, raw, form);
  }
}

void write_encrypted(Writer& out, std::span<const Part> parts, const ItemForm& form) {
  for (const Part& part : parts) {
    const Reasoning& thought = *part.as<Reasoning>();
    if (thought.signature.empty()) continue;
    const bool own = thought.signature.origin == Dialect::openai_responses;
    if (own || form.carries_signatures) {
      out.member("encrypted_content", pack_signature(thought));
      return;
    }
  }
}

void write_reasoning(Writer& out, std::span<const Part> parts, const ItemForm& form) {
  ItemForm without_status = form;
  without_status.status = {};  // OpenAI's have none
  write_head(out, "reasoning", without_status);
  write_item_extras(out, parts.front(), form);
  out.array("summary");
  write_thoughts(out, parts, false, form);
  out.end_array();
  const bool has_raw = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
    return is_raw(*part.as<Reasoning>(), form) && is_shown(part, parts.size(), form);
  });
  if (has_raw) {
    out.array("content");
    write_thoughts(out, parts, true, form);
    out.end_array();
  }
  write_encrypted(out, parts, form);
  out.end_object();
}

void write_call(Writer& out, const Part& part, const ItemForm& form) {
  const ToolCall& call = *part.as<ToolCall>();
  write_head(out, call.custom ? "custom_tool_call" : "function_call", form);
  out.member(call.custom ? "input" : "arguments", call.arguments);
  out.member("call_id", call.id);
  out.member("name", call.name);
  if (form.is_answer && !call.signature.empty() && call.signature.origin == Dialect::gemini) {
    out.member_raw("extra_content", call_signature_json(call.signature));
  }
  write_extras(out, part, form);
  out.end_object();
}

// "image/png" is "png".
std::string_view subtype(std::string_view mime) { return mime.substr(mime.find('/') + 1); }

void write_image_call(Writer& out, const Part& part, const ItemForm& form) {
  const Media& media = *part.as<Media>();
  ItemForm known = form;
  if (!media.data.empty()) known.status = "completed";  // an image is whole or not there
  write_head(out, "image_generation_call", known);
  if (!media.mime.empty()) out.member("output_format", subtype(media.mime));
  if (media.data.empty()) {
    out.member_null("result");
  } else {
    out.member("result", media.data);
  }
  write_extras(out, part, form);
  out.end_object();
}

std::string data_url(const Media& media) {
  std::string url = "data:";
  url.reserve(media.data.size() + media.mime.size() + 32);
  url += media.mime.empty() ? std::string_view("image/png") : media.mime;
  url += ";base64,";
  url += media.data;
  return url;
}

void write_image(Writer& out, const Part& part, const ItemForm& form) {
  const Media& media = *part.as<Media>();
  out.begin_object();
  out.member("type", "input_image");
  if (!media.data.empty()) {
    out.member("image_url", data_url(media));
  } else if (!media.url.empty()) {
    out.member("image_url", media.url);
  }
  if (!media.file_id.empty()) out.member("file_id", media.file_id);
  out.member("detail", media.detail.empty() ? std::string_view("auto") : media.detail);
  write_cache_mark(out, form);
  write_extras(out, part, form);
  out.end_object();
}

std::string_view default_filename(std::string_view mime) {
  if (mime == "application/pdf") return "document.pdf";
  return mime.starts_with("text/") ? "document.txt" : "document";
}

void write_file(Writer& out, const Part& part, const ItemForm& form) {
  const Media& media = *part.as<Media>();
  out.begin_object();
  out.member("type", "input_file");
  if (!media.data.empty()) {
    out.member("file_data", media.mime.empty() ? media.data : data_url(media));
  }
  if (!media.url.empty()) out.member("file_url", media.url);
  if (!media.file_id.empty()) out.member("file_id", media.file_id);
  if (!media.filename.empty()) {
    out.member("filename", media.filename);
  } else if (!form.is_own && !media.data.empty()) {
    out.member("filename", default_filename(media.mime));  // the API insists on one
  }
  if (!media.detail.empty()) out.member("detail", media.detail);
  write_cache_mark(out, form);
  write_extras(out, part, form);
  out.end_object();
}

bool write_audio(Writer& out, const Part& part, const ItemForm& form) {
  const Media& media = *part.as<Media>();
  std::string_view format = subtype(media.mime);
  if (!form.is_own) {
    if (format == "mpeg") format = "mp3";
    if (format == "x-wav") format = "wav";
    if (media.data.empty() || (format != "mp3" && format != "wav")) return false;
  }
  out.begin_object();
  out.member("type", "input_audio");
  out.object("input_audio");
  out.member("data", media.data);
  out.member("format", format);
  out.end_object();
  write_extras(out, part, form);
  out.end_object();
  return true;
}

}  // namespace

bool is_made_id(std::string_view id) {
  const std::size_t prefix = id.find('_');
  return prefix != std::string_view::npos && id.substr(prefix).starts_with(kMadeId);
}

bool is_raw_thought(const Reasoning& reasoning) {
  return !reasoning.is_summary && !reasoning.id.empty();
}

bool same_item(const Part& before, const Part& next) {
  if (std::any_of(next.extras.begin(), next.extras.end(), is_of_item)) return false;
  if (in_message(before)) return in_message(next) && before.item_id == next.item_id;
  const auto* a = before.as<Reasoning>();
  const auto* b = next.as<Reasoning>();
  if (a == nullptr || b == nullptr || a->id.empty() || a->id != b->id) return false;
  // An item ends with its signature, and shows summaries before raw thoughts.
  return a->signature.empty() && (a->is_summary || !b->is_summary);
}

bool has_item(const Part& part) {
  if (part.as<chat::ToolResult>()) return false;
  if (const auto* odd = part.as<chat::Opaque>()) return odd->origin == Dialect::openai_responses;
  const auto* media = part.as<Media>();
  return media == nullptr || media->kind == MediaKind::image;
}

bool is_own_part(const Part& part) {
  const auto* thought = part.as<Reasoning>();
  return !(thought != nullptr ? thought->id : part.item_id).empty();
}

std::string_view id_prefix(const Part& part) {
  if (part.as<Reasoning>()) return "rs";
  if (part.as<Media>()) return "ig";
  if (const auto* call = part.as<ToolCall>()) return call->custom ? "ctc" : "fc";
  return "msg";
}

void write_item(Writer& out, std::span<const Part> parts, const ItemForm& form) {
  const Part& first = parts.front();
  if (in_message(first)) return write_message(out, parts, form);
  if (first.as<Reasoning>()) return write_reasoning(out, parts, form);
  if (first.as<ToolCall>()) return write_call(out, first, form);
  if (first.as<Media>()) return write_image_call(out, first, form);
  if (const auto* odd = first.as<chat::Opaque>()) out.raw(odd->json);
}

void write_begun_item(Writer& out, const Part& first, const ItemForm& form) {
  if (in_message(first)) {
    write_head(out, "message", form);
    out.member("role", "assistant");
    write_item_extras(out, first, form);
    out.member_raw("content", "[]");
    return out.end_object();
  }
  if (!first.as<Reasoning>()) return write_item(out, {&first, 1}, form);
  out.begin_object();
  out.member("id", form.id);
  out.member("type", "reasoning");
  write_item_extras(out, first, form);
  out.member_raw("summary", "[]");
  out.end_object();
}

void write_thought(Writer& out, const Part& part, bool raw, const ItemForm& form) {
  out.begin_object();
  out.member("type", raw ? "reasoning_text" : "summary_text");
  out.member("text", part.as<Reasoning>()->text);
  write_extras(out, part, form);
  out.end_object();
}

void write_output_text(Writer& out, const Part& part, const ItemForm& form) {
  const Text& text = *part.as<Text>();
  out.begin_object();
  out.member("type", "output_text");
  out.member("text", text.text);
  write_annotations(out, text, form);
  if (form.is_answer) out.member_raw("logprobs", form.logprobs.empty() ? "[]" : form.logprobs);
  write_extras(out, part, form);
  out.end_object();
}

void write_refusal(Writer& out, const Part& part, const ItemForm& form) {
  out.begin_object();
  out.member("type", "refusal");
  out.member("refusal", part.as<Refusal>()->text);
  write_extras(out, part, form);
  out.end_object();
}

void write_input_text(Writer& out, const Part& part, const ItemForm& form) {
  const auto* text = part.as<Text>();
  out.begin_object();
  out.member("type", "input_text");
  out.member("text", text != nullptr ? text->text : part.as<Refusal>()->text);
  write_cache_mark(out, form);
  write_extras(out, part, form);
  out.end_object();
}

bool write_input_media(Writer& out, const Part& part, const ItemForm& form) {
  switch (part.as<Media>()->kind) {
    case MediaKind::image: write_image(out, part, form); return true;
    case MediaKind::document: write_file(out, part, form); return true;
    case MediaKind::audio: return write_audio(out, part, form);
    case MediaKind::video: break;
  }
  return false;
}

}  // namespace headgate::llm::responses
