#include "llm/responses_items/carrier.h"

#include <array>
#include <cstdint>
#include <optional>

#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::llm::responses {
namespace {

using base::json::Cursor;
using base::json::Kind;
using base::json::Text;
using chat::Dialect;

// "headgate:anthropic:…", "headgate:anthropic/redacted:…"
constexpr std::string_view kEnvelope = "headgate:";
constexpr std::string_view kRedacted = "/redacted";

std::optional<Dialect> dialect_named(std::string_view text) {
  for (std::size_t i = 0; i < chat::kDialectCount; ++i) {
    const auto dialect = static_cast<Dialect>(i);
    if (name(dialect) == text) return dialect;
  }
  return std::nullopt;
}

struct Annotation {
  Text type;
  std::string_view nested;  // of chat's url_citation
  unsigned has = 0;         // bits of kMembers
};

constexpr std::array<std::string_view, 8> kMembers = {
    "url", "title", "start_index", "end_index", "file_id", "filename", "container_id", "index"};
constexpr unsigned kUrl = 0b1111;
constexpr unsigned kFile = 0b10110000;
constexpr unsigned kContainer = 0b1111100;
constexpr unsigned kPath = 0b10010000;

bool read_annotation(Cursor& cursor, Annotation& out) {
  if (cursor.kind() != Kind::object) return cursor.skip();
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    for (std::size_t i = 0; i < kMembers.size(); ++i) {
      if (key != kMembers[i]) continue;
      const Kind wanted = i == 2 || i == 3 || i == 7 ? Kind::number : Kind::string;
      if (cursor.kind() == wanted) out.has |= 1U << i;
    }
    if (key == "type") {
      cursor.maybe_string(out.type);
    } else if (key == "url_citation" && cursor.kind() == Kind::object) {
      if (cursor.skip()) out.nested = cursor.value_text();
    }
  }
  return cursor.ok();
}

bool has_all(const Annotation& annotation, unsigned members) {
  return (annotation.has & members) == members;
}

bool is_known(const Annotation& annotation) {
  const std::string_view type = annotation.type.raw;
  if (type == "url_citation") return has_all(annotation, kUrl);
  if (type == "file_citation") return has_all(annotation, kFile);
  if (type == "container_file_citation") return has_all(annotation, kContainer);
  return type == "file_path" && has_all(annotation, kPath);
}

// Chat's {"type":"url_citation","url_citation":{…}} without the nesting; empty where it lacks
// something.
std::string flattened(std::string_view nested) {
  Cursor cursor(nested);
  Annotation inner;
  if (!read_annotation(cursor, inner) || !has_all(inner, kUrl)) return {};
  return "{\"type\":\"url_citation\"," + std::string(nested.substr(1));
}

void add_known(std::string& out, std::string_view json, const Annotation& annotation) {
  const bool nested = annotation.type.raw == "url_citation" && !annotation.nested.empty();
  const std::string flat = nested ? flattened(annotation.nested) : std::string();
  if (!nested && !is_known(annotation)) return;
  if (nested && flat.empty()) return;
  if (!out.empty()) out += ',';
  out += nested ? std::string_view(flat) : json;
}

}  // namespace

std::string pack_signature(const chat::Reasoning& reasoning) {
  const chat::Signature& signature = reasoning.signature;
  if (signature.origin == Dialect::openai_responses) return signature.value;
  std::string out(kEnvelope);
  out += name(signature.origin);
  if (reasoning.redacted) out += kRedacted;
  out += ':';
  out += signature.value;
  return out;
}

void unpack_signature(std::string_view encrypted_content, chat::Reasoning& reasoning) {
  reasoning.signature = {Dialect::openai_responses, std::string(encrypted_content)};
  if (!encrypted_content.starts_with(kEnvelope)) return;
  const std::string_view rest = encrypted_content.substr(kEnvelope.size());
  const std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos || colon + 1 == rest.size()) return;
  std::string_view origin = rest.substr(0, colon);
  const bool redacted = origin.ends_with(kRedacted);
  if (redacted) origin.remove_suffix(kRedacted.size());
  const std::optional<Dialect> dialect = dialect_named(origin);
  if (!dialect || *dialect == Dialect::openai_responses) return;
  reasoning.signature = {*dialect, std::string(rest.substr(colon + 1))};
  reasoning.redacted = redacted;
}

bool read_call_signature(std::string_view extra_content, chat::Signature& signature) {
  Cursor cursor(extra_content);
  std::string_view key;
  Text value;
  bool only = cursor.kind() == Kind::object && cursor.enter_object() && cursor.next_key(key) &&
              key == "google" && cursor.kind() == Kind::object && cursor.enter_object() &&
              cursor.next_key(key) && key == "thought_signature" && cursor.maybe_string(value);
  only = only && !cursor.next_key(key) && !cursor.next_key(key);
  if (!only || !cursor.finish() || value.empty()) return false;
  signature = {Dialect::gemini, value.decode()};
  return true;
}

std::string call_signature_json(const chat::Signature& signature) {
  return "{\"google\":{\"thought_signature\":" + base::json_string(signature.value) + "}}";
}

std::string known_annotations(std::string_view json) {
  std::string out;
  Cursor cursor(json);
  const bool array = cursor.kind() == Kind::array;
  if (array) cursor.enter_array();
  while (!array || cursor.next_element()) {
    const std::size_t begin = cursor.offset();
    Annotation annotation;
    if (!read_annotation(cursor, annotation)) break;
    add_known(out, json.substr(begin, cursor.value_range().end - begin), annotation);
    if (!array) break;
  }
  return out;
}

}  // namespace headgate::llm::responses
