// The messages of a request, for RequestWriter.
#include <algorithm>
#include <utility>

#include "llm/openai_chat/request_writer.h"
#include "llm/openai_chat/words.h"

namespace headgate::llm::openai_chat {

using chat::Dialect;
using chat::Media;
using chat::MediaKind;
using chat::Part;
using chat::Role;

namespace {

constexpr std::string_view kNoPlace = "chat completions have no place for it";

// Text that may stand as a plain string.
const chat::Text* plain_text(const Part& part, bool marks, bool extras) {
  const auto* text = part.as<chat::Text>();
  const bool more = text == nullptr || text->text.empty() || (marks && part.cache) ||
                    (extras && !part.extras.empty());
  return more ? nullptr : text;
}

bool is_content(const Part& part) {
  return part.as<chat::Text>() || part.as<chat::Refusal>() || part.as<Media>() ||
         part.as<chat::Opaque>();
}

std::string file_name(const Media& media) {
  if (!media.filename.empty()) return media.filename;
  return media.mime == "application/pdf" ? "document.pdf" : "document";
}

}  // namespace

void RequestWriter::messages() {
  json_.array("messages");
  for (std::size_t i = 0; i < request_.messages.size(); ++i) message(i);
  json_.end_array();
}

void RequestWriter::message(std::size_t index) {
  const chat::Message& message = request_.messages[index];
  if (!own_) {
    const std::string name = chat::message_name(request_, index);
    for (const chat::Extra& extra : message.extras) lost_.extra(name + "." + extra.name, extra);
  }
  const bool developer = message.role == Role::developer && !target_.old_words;
  switch (message.role) {
    case Role::assistant: assistant(index); break;
    case Role::tool: results(index); break;
    case Role::user: plain_message(index, "user"); break;
    default: plain_message(index, developer ? "developer" : "system");
  }
}

void RequestWriter::begin_message(std::string_view role, const chat::Message& message) {
  json_.begin_object();
  json_.member("role", role);
  if (!message.name.empty()) json_.member("name", message.name);
}

void RequestWriter::plain_message(std::size_t index, std::string_view role) {
  const chat::Message& message = request_.messages[index];
  std::vector<Placed> parts;
  parts.reserve(message.parts.size());
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    if (is_content(part)) {
      parts.push_back({&part, index, i});
    } else if (part.as<chat::ToolResult>()) {
      result(part, index, i);
    } else {
      lost_.meaning(lost_.place(index, i), "only an assistant's message may have it");
    }
  }
  begin_message(role, message);
  content(parts, "");
  if (own_) write_ungrouped(json_, message.extras, {});
  json_.end_object();
  moved_parts();
}

// Writes "content": a string where that says it all, else an array; `when_empty` (null: null) when
// there is nothing to say, which it returns as false.
bool RequestWriter::content(const std::vector<Placed>& parts, const char* when_empty) {
  const bool marks = own_ || !target_.old_words;
  if (parts.size() == 1) {
    if (const auto* text = plain_text(*parts[0].part, marks, own_)) {
      json_.member("content", text->text);
      part_losses(parts[0]);
      return true;
    }
  }
  const std::size_t before = out_.size();
  json_.array("content");
  const std::size_t empty = out_.size();
  for (const Placed& placed : parts) part(placed);
  if (out_.size() > empty) {
    json_.end_array();
    return true;
  }
  out_.resize(before);
  if (when_empty == nullptr) {
    json_.member_null("content");
  } else {
    json_.member("content", when_empty);
  }
  return false;
}

void RequestWriter::part(const Placed& placed) {
  const Part& part = *placed.part;
  if (const auto* text = part.as<chat::Text>()) {
    if (text->text.empty() && !own_) return;  // says nothing, and is refused by some
    json_.begin_object();
    json_.member("type", "text");
    json_.member("text", text->text);
    finish_part(placed, {});
  } else if (const auto* refusal = part.as<chat::Refusal>()) {
    json_.begin_object();
    json_.member("type", "refusal");
    json_.member("refusal", refusal->text);
    finish_part(placed, {});
  } else if (const auto* picture = part.as<Media>()) {
    media(*picture, placed);
  } else if (const auto* opaque = part.as<chat::Opaque>()) {
    if (opaque->origin == Dialect::openai_chat) {
      json_.raw(opaque->json);
    } else {
      lost_.meaning(lost_.place(placed.message, placed.index),
                    "a part of the type '" + opaque->type + "': " + std::string(kNoPlace));
    }
  }
}

void RequestWriter::media(const Media& media, const Placed& placed) {
  const bool somewhere = !media.data.empty() || !media.url.empty();
  const std::string_view format = format_of_audio(media.mime);
  const auto lose = [&](std::string_view what) {
    lost_.meaning(lost_.place(placed.message, placed.index),
                  std::string(what).append(": ").append(kNoPlace));
  };
  if (media.kind == MediaKind::image || media.kind == MediaKind::video) {
    const bool video = media.kind == MediaKind::video;
    if (!somewhere) return lose("an image by its file id");
    if (video && !own_) return lose("video");
    begin_media(video ? "video_url" : "image_url");
    json_.member("url", url_of(media));
    if (!media.detail.empty()) json_.member("detail", media.detail);
    finish_part(placed, video ? "video_url." : "image_url.");
  } else if (media.kind == MediaKind::audio) {
    if (media.data.empty() && !own_) return lose("audio that is not in the request itself");
    if (!own_ && format != "wav" && format != "mp3") return lose("audio that is not WAV or MP3");
    begin_media("input_audio");
    json_.member("data", media.data);
    json_.member("format", format);
    finish_part(placed, "input_audio.");
  } else {
    if (media.data.empty() && media.file_id.empty() && !own_) return lose("a file by its URL");
    begin_media("file");
    if (!media.file_id.empty()) json_.member("file_id", media.file_id);
    if (somewhere)
      json_.member("file_data",
                   media.mime.empty() && media.url.empty() ? media.data : url_of(media));
    if (own_ ? !media.filename.empty() : somewhere) json_.member("filename", file_name(media));
    finish_part(placed, "file.");
  }
}

void RequestWriter::begin_media(std::string_view type) {
  json_.begin_object();
  json_.member("type", type);
  json_.object(type);
}

// Ends a part, and the object in it whose extras are the group.
void RequestWriter::finish_part(const Placed& placed, std::string_view group) {
  const Part& part = *placed.part;
  if (!group.empty()) {
    if (own_) write_extras(json_, part.extras, group);
    json_.end_object();
  }
  if (part.cache && (own_ || !target_.old_words)) cache_mark(*part.cache);
  if (own_) write_ungrouped(json_, part.extras, {group});
  json_.end_object();
  part_losses(placed);
}

void RequestWriter::part_losses(const Placed& placed) {
  const Part& part = *placed.part;
  if (own_) return;
  if (!part.extras.empty()) {
    const std::string name = lost_.place(placed.message, placed.index);
    for (const chat::Extra& extra : part.extras) lost_.extra(name + "." + extra.name, extra);
  }
  if (part.cache && target_.old_words) lose_mark(placed);
}

void RequestWriter::lose_mark(const Placed& placed) {
  lost_.hint_once("cache", lost_.place(placed.message, placed.index) + ": cache mark",
                  "it cannot be set here in chat completions");
}

void RequestWriter::cache_mark(const chat::CacheMark& mark) {
  json_.object("prompt_cache_breakpoint");
  json_.member("mode", "explicit");
  if (const std::string_view ttl = ttl_of(mark); !ttl.empty()) json_.member("ttl", ttl);
  json_.end_object();
}

// Half an hour is the least, so what asks for less gets more.
std::string_view RequestWriter::ttl_of(const chat::CacheMark& mark) {
  if (own_ || mark.ttl == "30m" || mark.ttl == "12h") return mark.ttl;
  if (!mark.ttl.empty() && mark.ttl != "5m") {
    lost_.hint_once("cache ttl", "cache mark: ttl", "'" + mark.ttl + "' becomes 30 minutes");
  }
  return {};
}

void RequestWriter::assistant(std::size_t index) {
  const chat::Message& message = request_.messages[index];
  std::vector<Placed> parts;
  const Part* refusal = nullptr;
  bool has_calls = false;
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    if (part.as<chat::ToolCall>()) {
      has_calls = true;
    } else if (part.as<Media>() && !own_) {
      lost_.meaning(lost_.place(index, i), "an assistant's message holds text alone");
    } else if (is_content(part)) {
      if (has_calls) {
        lost_.hint_once("order", lost_.place(index, i), "text behind a call comes before it");
      }
      parts.push_back({&part, index, i});
    } else if (part.as<chat::ToolResult>()) {
      lost_.meaning(lost_.place(index, i), "an assistant's message holds no results");
    }
  }
  // A refusal at the end has a member of its own.
  const auto is_refusal = [](const Placed& p) { return p.part->as<chat::Refusal>() != nullptr; };
  if (std::count_if(parts.begin(), parts.end(), is_refusal) == 1 && is_refusal(parts.back()) &&
      !parts.back().part->cache && parts.back().part->extras.empty()) {
    refusal = parts.back().part;
    parts.pop_back();
  }
  if (!own_ && parts.empty() && refusal == nullptr && !has_calls) return skip_thoughts(index);
  begin_message("assistant", message);
  content(parts, has_calls || refusal != nullptr ? nullptr : "");
  if (refusal != nullptr) json_.member("refusal", refusal->as<chat::Refusal>()->text);
  thoughts(index);
  if (has_calls) calls(index);
  annotations(parts);
  if (own_) write_ungrouped(json_, message.extras, {});
  json_.end_object();
}

// Citations of an earlier answer, as its caller sent them back.
void RequestWriter::annotations(const std::vector<Placed>& parts) {
  if (!own_) return;
  for (const Placed& placed : parts) {
    const auto* text = placed.part->as<chat::Text>();
    if (text != nullptr && !text->annotations.empty()) {
      json_.member_raw("annotations", text->annotations);
      return;
    }
  }
}

void RequestWriter::thoughts(std::size_t index) {
  std::string text;
  for (const Part& part : request_.messages[index].parts) {
    const auto* reasoning = part.as<chat::Reasoning>();
    if (reasoning == nullptr || reasoning->text.empty()) continue;
    if (!text.empty()) text += "\n\n";
    text += reasoning->text;
  }
  if (text.empty() || (!own_ && !target_.thoughts_back)) return skip_thoughts(index);
  json_.member("reasoning_content", text);
}

void RequestWriter::skip_thoughts(std::size_t index) {
  const auto& parts = request_.messages[index].parts;
  const auto found = std::find_if(parts.begin(), parts.end(), [](const Part& part) {
    return part.as<chat::Reasoning>() != nullptr;
  });
  if (found == parts.end()) return;
  lost_.hint_once("thoughts", lost_.place(index, static_cast<std::size_t>(found - parts.begin())),
                  "chat completions take no thoughts of earlier turns");
}

void RequestWriter::calls(std::size_t index) {
  const auto& parts = request_.messages[index].parts;
  json_.array("tool_calls");
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].as<chat::ToolCall>() == nullptr) continue;
    write_call(json_, parts[i], own_);
    if (parts[i].cache) lose_mark({&parts[i], index, i});
  }
  json_.end_array();
}

void RequestWriter::results(std::size_t index) {
  const auto& parts = request_.messages[index].parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].as<chat::ToolResult>()) {
      result(parts[i], index, i);
    } else {
      moved_.push_back({&parts[i], index, i});
    }
  }
  moved_parts();
}

void RequestWriter::result(const Part& part, std::size_t message, std::size_t index) {
  const auto& result = *part.as<chat::ToolResult>();
  std::vector<Placed> texts;
  for (const Part& piece : result.content) {
    if (own_ || piece.as<chat::Text>() != nullptr) {
      texts.push_back({&piece, message, index});
    } else {
      moved_.push_back({&piece, message, index});
      lost_.hint_once("moved", lost_.place(message, index),
                      "what is no text follows the results in a user message");
    }
  }
  if (result.is_error) {
    lost_.hint_once("is_error", lost_.place(message, index) + ": is_error",
                    "only the text can say so");
  }
  // A mark on the whole result goes to the end of it.
  Part marked;
  if (part.cache && !texts.empty() && !texts.back().part->cache) {
    marked = *texts.back().part;
    marked.cache = part.cache;
    texts.back().part = &marked;
  } else if (part.cache && texts.empty()) {
    lose_mark({&part, message, index});
  }
  json_.begin_object();
  json_.member("role", "tool");
  json_.member("tool_call_id", result.call_id);
  content(texts, "");
  if (own_) write_ungrouped(json_, part.extras, {});
  json_.end_object();
}

void RequestWriter::moved_parts() {
  if (moved_.empty()) return;
  const std::size_t before = out_.size();
  const std::vector<Placed> parts = std::exchange(moved_, {});
  json_.begin_object();
  json_.member("role", "user");
  const bool any = content(parts, nullptr);
  json_.end_object();
  if (!any) out_.resize(before);
}

}  // namespace headgate::llm::openai_chat
