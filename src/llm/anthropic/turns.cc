#include "llm/anthropic/turns.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text/base64.h"
#include "llm/anthropic/blocks.h"

namespace headgate::llm::anthropic {
namespace {

using chat::Message;
using chat::Part;
using chat::Role;

constexpr std::string_view kGoOn = "Please go on.";

bool is_instruction(const Message& message) {
  return message.role == Role::system || message.role == Role::developer;
}

bool is_users(const Message& message) {
  return message.role == Role::user || message.role == Role::tool;
}

std::size_t marks_in(const std::vector<Part>& parts) {
  std::size_t count = 0;
  for (const Part& part : parts) {
    if (part.cache) ++count;
    if (const auto* result = part.as<chat::ToolResult>()) count += marks_in(result->content);
  }
  return count;
}

bool has_extra(const chat::Extras& extras, std::string_view name) {
  return std::any_of(extras.begin(), extras.end(),
                     [name](const chat::Extra& extra) { return extra.name == name; });
}

// Writes the blocks of one role's turns.
class Blocks {
 public:
  explicit Blocks(Encoding& encoding) : e_(encoding), out_(encoding.out) {}

  /// Whether there is anything to write of the part in a turn of that role. Says what is lost.
  bool fits(const Part& part, Role role, const Where& where);
  /// REQUIRES: fits().
  void write(const Part& part, Role role, const Where& where);

 private:
  bool lost(const Where& where, std::string why, Weight weight = Weight::meaning) {
    e_.lose(e_.path(where), std::move(why), weight);
    return false;
  }
  bool media_fits(const Part& part, Role role, const Where& where);
  bool data_fits(const chat::Media& media, const Where& where);
  bool opaque_fits(const chat::Opaque& opaque, Role role, const Where& where);
  std::string_view shown_text(const Part& part, const Where& where) const;

  void text(const Part& part, Role role, const Where& where);
  void citations(const chat::Text& text, Role role, const Where& where);
  void media(const chat::Media& media, const Where& where);
  void source(const chat::Media& media);
  void reasoning(const chat::Reasoning& reasoning);
  void tool_call(const chat::ToolCall& call, const Where& where);
  void tool_result(const chat::ToolResult& result, const Where& where);
  void result_content(const chat::ToolResult& result, const Where& where);

  Encoding& e_;
  base::json::Writer& out_;
};

// The final turn of the model is a beginning it goes on from; the provider wants no blanks at its
// end.
std::string_view Blocks::shown_text(const Part& part, const Where& where) const {
  const auto* refusal = part.as<chat::Refusal>();
  std::string_view text = refusal != nullptr ? refusal->text : part.as<chat::Text>()->text;
  const auto& messages = e_.request.messages;
  if (e_.own || where.inner || where.message + 1 != messages.size() ||
      messages.back().role != Role::assistant || where.part + 1 != messages.back().parts.size()) {
    return text;
  }
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

bool Blocks::fits(const Part& part, Role role, const Where& where) {
  if (part.as<chat::Text>() != nullptr || part.as<chat::Refusal>() != nullptr) {
    const bool blank = is_blank(shown_text(part, where));
    if (blank && part.cache)
      lost(where, "an empty text cannot be marked for caching", Weight::hint);
    return !blank;
  }
  if (part.as<chat::Media>() != nullptr) return media_fits(part, role, where);
  if (const auto* opaque = part.as<chat::Opaque>()) return opaque_fits(*opaque, role, where);
  if (const auto* reasoning = part.as<chat::Reasoning>()) {
    const chat::Signature& signature = reasoning->signature;
    if (role != Role::assistant) return lost(where, "thoughts belong to the model's turns");
    if (signature.origin == chat::Dialect::anthropic && !signature.empty()) return true;
    return lost(where, "Anthropic takes only thoughts that it has signed itself", Weight::hint);
  }
  if (part.as<chat::ToolCall>() != nullptr) {
    return role == Role::assistant || lost(where, "tool calls belong to the model's turns");
  }
  return (role == Role::user && !where.inner) || lost(where, "tool results belong to user turns");
}

bool Blocks::media_fits(const Part& part, Role role, const Where& where) {
  const chat::Media& media = *part.as<chat::Media>();
  if (role == Role::system) return lost(where, "instructions can only hold text");
  if (media.kind == chat::MediaKind::audio || media.kind == chat::MediaKind::video) {
    return lost(where, "Anthropic takes neither audio nor video");
  }
  const bool is_document = media.kind == chat::MediaKind::document;
  if (role == Role::assistant && (is_document ? e_.is_2026 : !e_.own)) {
    return lost(where, "the model's turns can hold no images or documents");
  }
  if (!media.file_id.empty()) {
    return e_.own || lost(where, "a file's id is only known to the provider that gave it");
  }
  if (!media.url.empty()) {
    return media.url.starts_with("http") || lost(where, "Anthropic fetches only http and https");
  }
  return data_fits(media, where);
}

bool Blocks::data_fits(const chat::Media& media, const Where& where) {
  if (media.data.empty()) return lost(where, "there are no bytes in it");
  if (media.kind == chat::MediaKind::document) {
    if (media.mime == "application/pdf" || media.mime.empty()) return true;
    if (media.mime.starts_with("text/") && base::base64_decoded(media.data)) return true;
    return lost(where, "Anthropic takes documents as PDF and plain text, not " + media.mime);
  }
  constexpr std::array<std::string_view, 6> kTypes = {"image/jpeg", "image/jpg",  "image/png",
                                                      "image/gif",  "image/webp", ""};
  const bool known = std::find(kTypes.begin(), kTypes.end(), media.mime) != kTypes.end();
  if (known && !(media.mime.empty() && image_type(media.data).empty())) return true;
  return lost(where, "Anthropic takes JPEG, PNG, GIF and WebP images, not " + media.mime);
}

bool Blocks::opaque_fits(const chat::Opaque& opaque, Role role, const Where& where) {
  if (opaque.origin != chat::Dialect::anthropic || !opaque.json.starts_with('{')) {
    return lost(where, "'" + opaque.type + "' has no counterpart in Anthropic's Messages API");
  }
  if (e_.is_2026 && role == Role::assistant && opaque.type == "document") {
    return lost(where, "the model's turns can hold no images or documents");
  }
  const bool cites =
      opaque.type == "search_result" && opaque.json.find("\"cited_text\"") != std::string::npos;
  if (e_.is_2026 && role == Role::user && cites) {
    return lost(where, "user turns can hold no citations under this API version");
  }
  return true;
}

void Blocks::write(const Part& part, Role role, const Where& where) {
  if (const auto* opaque = part.as<chat::Opaque>()) {
    if (part.cache) e_.cache_mark(part.cache, {{"cache_control", ""}}, {});
    out_.raw(opaque->json);
    return;
  }
  out_.begin_object();
  if (part.as<chat::Text>() != nullptr || part.as<chat::Refusal>() != nullptr) {
    text(part, role, where);
  } else if (const auto* file = part.as<chat::Media>()) {
    media(*file, where);
  } else if (const auto* thoughts = part.as<chat::Reasoning>()) {
    reasoning(*thoughts);
  } else if (const auto* call = part.as<chat::ToolCall>()) {
    tool_call(*call, where);
  } else if (const auto* result = part.as<chat::ToolResult>()) {
    tool_result(*result, where);
  }
  if (part.cache && part.as<chat::Reasoning>() != nullptr) {
    lost(where, "thoughts cannot be marked for caching", Weight::hint);
  } else if (part.cache) {
    e_.cache_mark(part.cache, part.extras, e_.path(where));
  }
  if (!part.extras.empty()) e_.extras(part.extras, e_.path(where));
  out_.end_object();
}

void Blocks::text(const Part& part, Role role, const Where& where) {
  out_.member("type", "text");
  out_.member("text", shown_text(part, where));
  const auto* text = part.as<chat::Text>();
  if (text != nullptr && !text->annotations.empty()) citations(*text, role, where);
}

void Blocks::citations(const chat::Text& text, Role role, const Where& where) {
  if (e_.is_2026 && role == Role::user) {
    lost(where, "user turns can hold no citations under this API version", Weight::hint);
    return;
  }
  std::size_t others = 0;
  const auto known = citations_in(text.annotations, others);
  if (others > 0) lost(where, "annotations of another provider are left out", Weight::hint);
  if (known.empty()) return;
  if (others == 0) {
    out_.member_raw("citations", text.annotations);
    return;
  }
  out_.array("citations");
  for (const std::string_view citation : known) out_.raw(citation);
  out_.end_array();
}

void Blocks::media(const chat::Media& media, const Where& where) {
  const bool is_document = media.kind == chat::MediaKind::document;
  out_.member("type", is_document ? std::string_view("document") : std::string_view("image"));
  out_.object("source");
  source(media);
  out_.end_object();
  if (is_document && !media.filename.empty()) {
    out_.member("title", media.filename);
  } else if (!media.filename.empty()) {
    lost(where, "an image has no name", Weight::hint);
  }
  if (!media.detail.empty() && media.detail != "auto") {
    lost(where, "Anthropic has no level of detail for images", Weight::hint);
  }
}

void Blocks::source(const chat::Media& media) {
  if (!media.file_id.empty()) {
    out_.member("type", "file");
    out_.member("file_id", media.file_id);
  } else if (!media.url.empty()) {
    out_.member("type", "url");
    out_.member("url", media.url);
  } else if (media.mime.starts_with("text/")) {
    out_.member("type", "text");
    out_.member("media_type", "text/plain");
    out_.member("data", base::base64_decoded(media.data).value_or(""));
  } else {
    std::string_view mime = media.mime;
    if (mime == "image/jpg") mime = "image/jpeg";
    if (mime.empty()) mime = image_type(media.data);
    if (media.kind == chat::MediaKind::document) mime = "application/pdf";
    out_.member("type", "base64");
    out_.member("media_type", mime);
    out_.member("data", media.data);
  }
}

void Blocks::reasoning(const chat::Reasoning& reasoning) {
  if (reasoning.redacted) {
    out_.member("type", "redacted_thinking");
    out_.member("data", reasoning.signature.value);
    return;
  }
  out_.member("type", "thinking");
  out_.member("thinking", reasoning.text);
  out_.member("signature", reasoning.signature.value);
}

void Blocks::tool_call(const chat::ToolCall& call, const Where& where) {
  out_.member("type", "tool_use");
  out_.member("id", wire_name(call.id));
  out_.member("name", wire_name(call.name));
  out_.key("input");
  if (!write_input(out_, call)) {
    lost(where, "a call's input must be an object; the text was put into one", Weight::hint);
  }
}

void Blocks::tool_result(const chat::ToolResult& result, const Where& where) {
  out_.member("type", "tool_result");
  out_.member("tool_use_id", wire_name(result.call_id));
  result_content(result, where);
  if (result.is_error) out_.member("is_error", true);
}

void Blocks::result_content(const chat::ToolResult& result, const Where& where) {
  bool any = false;
  for (std::size_t i = 0; i < result.content.size(); ++i) {
    const Where inner{where.message, where.part, i};
    if (!fits(result.content[i], Role::user, inner)) continue;
    if (!std::exchange(any, true)) out_.array("content");
    write(result.content[i], Role::user, inner);
  }
  if (any) out_.end_array();
}

// Opens and closes turns.
class Turns {
 public:
  explicit Turns(Encoding& encoding) : e_(encoding), out_(encoding.out), blocks_(encoding) {}

  void run() {
    const auto& messages = e_.request.messages;
    out_.array("messages");
    for (std::size_t i = e_.leading; i < messages.size();) {
      std::size_t end = i;
      while (end < messages.size() && !is_models(end)) ++end;
      if (end > i) user_run(i, end);
      i = end;
      for (; i < messages.size() && messages[i].role == Role::assistant; ++i) {
        parts(i, Role::assistant, Pick::all);
      }
    }
    if (!open_) add_user_turn();
    close();
    out_.end_array();
    if (merged_) e_.lose("messages", "unknown members of merged messages are lost", Weight::hint);
    for (std::size_t i = e_.leading; !e_.own && i < messages.size(); ++i) {
      if (!messages[i].extras.empty()) e_.extras(messages[i].extras, e_.path(i));
    }
  }

 private:
  enum class Pick : std::uint8_t { all, results, others };

  // Whether it is a turn of the model, of which something is left.
  bool is_models(std::size_t message) {
    const Message& from = e_.request.messages[message];
    if (from.role != Role::assistant) return false;
    e_.silent = true;
    bool any = false;
    for (std::size_t i = 0; i < from.parts.size() && !any; ++i) {
      any = blocks_.fits(from.parts[i], Role::assistant, {message, i, std::nullopt});
    }
    e_.silent = false;
    return any;
  }

  // From one turn of the model to the next: results, then what the user says, then instructions.
  void user_run(std::size_t begin, std::size_t end) {
    const auto& messages = e_.request.messages;
    for (std::size_t i = begin; i < end; ++i) {
      if (messages[i].role == Role::assistant) parts(i, Role::assistant, Pick::all);  // says why
      if (is_users(messages[i])) parts(i, Role::user, Pick::results);
    }
    std::size_t last = begin;  // that the user says something in
    for (std::size_t i = begin; i < end; ++i) {
      if (is_users(messages[i]) && parts(i, Role::user, Pick::others)) last = i;
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (is_instruction(messages[i])) instructions(i, i < last);
    }
  }

  void instructions(std::size_t message, bool moved) {
    if (open_ == Role::user || open_ == Role::system) {
      if (parts(message, Role::system, Pick::all) && moved) {
        e_.lose(e_.path(message), "instructions must follow a user turn: moved behind it",
                Weight::hint);
      }
    } else if (parts(message, Role::user, Pick::others)) {
      e_.lose(e_.path(message), "instructions must follow a user turn: sent as the user's text");
    }
  }

  // Writes what can be written of a message; false when that is nothing.
  bool parts(std::size_t message, Role role, Pick pick) {
    const Message& from = e_.request.messages[message];
    bool any = false;
    for (std::size_t i = 0; i < from.parts.size(); ++i) {
      const bool is_result = from.parts[i].as<chat::ToolResult>() != nullptr;
      if (pick != Pick::all && is_result != (pick == Pick::results)) continue;
      const Where where{message, i, std::nullopt};
      if (!blocks_.fits(from.parts[i], role, where)) continue;
      turn(role, from);
      blocks_.write(from.parts[i], role, where);
      any = true;
    }
    if (any && !from.name.empty() && pick != Pick::results) {
      e_.lose(e_.path(message) + ".name", "Anthropic has no names of participants", Weight::hint);
    }
    return any;
  }

  void turn(Role role, const Message& from) {
    if (!open_ && role != Role::user) add_user_turn();
    if (open_ == role) {
      if (e_.own && !from.extras.empty() && &from.extras != extras_) merged_ = true;
      return;
    }
    close();
    begin(role);
    extras_ = &from.extras;
  }

  void begin(Role role) {
    open_ = role;
    out_.begin_object();
    out_.member("role", name(role));
    out_.array("content");
  }

  void close() {
    if (!open_) return;
    out_.end_array();
    if (e_.own && extras_ != nullptr) e_.extras(*extras_, {});
    out_.end_object();
  }

  void add_user_turn() {
    begin(Role::user);
    extras_ = nullptr;
    e_.plain_text(kGoOn);
    e_.lose("messages",
            "a conversation must begin with the user: a turn \"Please go on.\" was added");
  }

  Encoding& e_;
  base::json::Writer& out_;
  Blocks blocks_;
  std::optional<Role> open_;
  const chat::Extras* extras_ = nullptr;  // of the open turn's first message
  bool merged_ = false;                   // another message of it has some too
};

}  // namespace

CacheMarks::CacheMarks(const chat::Request& request) {
  for (const chat::Tool& tool : request.tools) total_ += tool.cache ? 1 : 0;
  for (const Message& message : request.messages) total_ += marks_in(message.parts);
  total_ += request.cache ? 1 : 0;
}

Encoding::Encoding(const chat::Request& the_request, const chat::Target& target,
                   chat::Losses& losses, base::json::Writer& writer)
    : request(the_request),
      out(writer),
      leading(leading_instructions(the_request)),
      own(the_request.origin == chat::Dialect::anthropic),
      is_2026(anthropic::is_2026(target.api_version)),
      losses_(losses),
      marks_(the_request) {}

void Encoding::cache_mark(const std::optional<chat::CacheMark>& mark, const chat::Extras& extras,
                          const std::string& field) {
  if (!mark) return;
  const bool sent = marks_.next();
  if (has_extra(extras, "cache_control")) return;  // it is written as it came
  if (!sent) {
    lose(field, "Anthropic takes four cache breakpoints: the first and the last three are kept",
         Weight::hint);
    return;
  }
  std::string_view ttl = mark->ttl;
  if (!own && !ttl.empty() && ttl != "5m" && ttl != "1h") {
    ttl = ttl.ends_with('h') ? "1h" : "5m";
    lose(field, "Anthropic keeps a cache for 5m or 1h, not " + mark->ttl, Weight::hint);
  }
  if (!own && ttl == "1h" && short_seen_) {
    ttl = "5m";
    lose(field, "a breakpoint of 1h may not follow one of 5m", Weight::hint);
  }
  short_seen_ = short_seen_ || ttl != "1h";
  out.object("cache_control");
  out.member("type", "ephemeral");
  if (!ttl.empty()) out.member("ttl", ttl);
  out.end_object();
}

void Encoding::extras(const chat::Extras& extras, const std::string& field) {
  for (const chat::Extra& extra : extras) {
    if (own) out.member_raw(extra.name, extra.json);
    if (own || chat::says_nothing(extra)) continue;
    lose(field.empty() ? extra.name : field + "." + extra.name,
         "it has no counterpart in Anthropic's Messages API", chat::weight_of(extra));
  }
}

void write_system(Encoding& encoding, std::string_view extra_text) {
  Blocks blocks(encoding);
  bool any = false;
  const auto open = [&] {
    if (!std::exchange(any, true)) encoding.out.array("system");
  };
  for (std::size_t m = 0; m < encoding.leading; ++m) {
    const Message& message = encoding.request.messages[m];
    for (std::size_t i = 0; i < message.parts.size(); ++i) {
      const Where where{m, i, std::nullopt};
      if (!blocks.fits(message.parts[i], Role::system, where)) continue;
      open();
      blocks.write(message.parts[i], Role::system, where);
    }
    if (!message.extras.empty() && !encoding.own) encoding.extras(message.extras, encoding.path(m));
  }
  if (!extra_text.empty()) {
    open();
    encoding.plain_text(extra_text);
  }
  if (any) encoding.out.end_array();
}

void write_messages(Encoding& encoding) { Turns(encoding).run(); }

}  // namespace headgate::llm::anthropic
