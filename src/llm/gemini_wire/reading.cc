#include "llm/gemini_wire/reading.h"

#include <charconv>

#include "base/json/members.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

// Ids of other providers start otherwise, and OpenAI takes 40 bytes at most.
constexpr std::string_view kMadeId = "hgc_";

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// FNV-1a: the same in every process.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xCBF29CE484222325U;
  for (const char c : text) value = (value ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
  return value;
}

bool is_value_of(std::string_view text, Kind kind) {
  Cursor cursor(text);
  return cursor.kind() == kind && cursor.skip() && cursor.finish();
}

bool is_number(std::string_view text) { return is_value_of(text, Kind::number); }

}  // namespace

std::string_view camel(std::string_view key, std::string& buffer) {
  if (key.find('_') == std::string_view::npos) return key;
  buffer.clear();
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '_' && i + 1 < key.size() && is_lower(key[i + 1])) {
      buffer += static_cast<char>(key[++i] - 'a' + 'A');
    } else {
      buffer += key[i];
    }
  }
  return buffer;
}

bool Reading::expected(std::string_view what) {
  const Kind kind = cursor.kind();
  if (kind == Kind::none) return cursor.skip();
  return reject("expected " + std::string(what) + ", but got " + std::string(name(kind)));
}

bool Reading::enter() {
  return cursor.kind() == Kind::object ? cursor.enter_object() : expected("an object");
}

bool Reading::member(std::string_view& name) {
  std::string_view key;
  while (!error_ && cursor.next_key(key)) {
    if (cursor.kind() == Kind::null) continue;
    if (key.find('\\') != std::string_view::npos) {
      // Escapes in a long name are not undone yet.
      decoded_ = base::json::member_name(cursor, text);
      key = decoded_;
    }
    name = camel(key, name_);
    return true;
  }
  return false;
}

bool Reading::string(std::string& out) {
  if (cursor.kind() != Kind::string) return expected("a string");
  Text value;
  if (!cursor.string(value)) return false;
  out = value.decode();
  return true;
}

bool Reading::integer(std::optional<std::int64_t>& out) {
  const Kind kind = cursor.kind();
  if (kind == Kind::number) {
    out = cursor.maybe_integer();
    return out ? cursor.ok() : reject("expected an integer");
  }
  if (kind != Kind::string) return expected("an integer");
  Text value;
  if (!cursor.string(value)) return false;
  const char* end = value.raw.data() + value.raw.size();
  std::int64_t read = 0;
  const auto result = std::from_chars(value.raw.data(), end, read);
  if (result.ec != std::errc() || result.ptr != end) return reject("expected an integer");
  out = read;
  return true;
}

bool Reading::boolean(bool& out) {
  return cursor.kind() == Kind::boolean ? cursor.boolean(out) : expected("a boolean");
}

bool Reading::number(std::string& out) {
  const Kind kind = cursor.kind();
  if (kind == Kind::number) return raw(out);
  if (kind != Kind::string) return expected("a number");
  return string(out) && (is_number(out) || reject("expected a number"));
}

bool Reading::raw(std::string& out) {
  if (!cursor.skip()) return false;
  out = cursor.value_text();
  return true;
}

bool Reading::raw_object(std::string& out) {
  return cursor.kind() == Kind::object ? raw(out) : expected("an object");
}

bool Reading::extra(chat::Extras& out, std::string_view prefix, std::string_view name) {
  chat::Extra& extra = out.emplace_back();
  extra.name.reserve(prefix.size() + name.size());
  extra.name.append(prefix).append(name);
  return raw(extra.json);
}

bool Reading::reject(std::string why) {
  if (failed()) return false;
  std::string where = path();
  std::string detail = from_provider() ? "the provider's answer is no Gemini answer: " : "Invalid ";
  detail += (where.empty() ? "value" : "value at '" + where + "'") + ": " + why + ".";
  error_ = base::fail(invalid_, std::move(detail), from_provider() ? std::string() : where);
  return false;
}

std::string Reading::path() const {
  std::string out;
  for (const Named& step : path_) {
    if (!out.empty()) out += '.';
    out += step.name;
    if (step.index) out += "[" + std::to_string(*step.index) + "]";
  }
  return out;
}

base::Error Reading::error() const {
  if (error_) return *error_;
  const auto& failure = cursor.failure();
  const std::string what = "expected " + std::string(failure.expected) + " at byte " +
                           std::to_string(failure.offset) + ".";
  return from_provider()
             ? base::fail(Errc::upstream_malformed, "the provider's answer is no JSON: " + what)
             : base::fail(Errc::invalid_json, "Invalid JSON payload received: " + what);
}

bool is_json_object(std::string_view text) { return is_value_of(text, Kind::object); }
bool is_json_array(std::string_view text) { return is_value_of(text, Kind::array); }

std::string made_id(std::string_view seed, std::size_t candidate, std::size_t ordinal) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, hash(seed), 16).ptr;
  std::string id(kMadeId);
  id.append(digits, end);
  return id + "_" + std::to_string(candidate) + "_" + std::to_string(ordinal);
}

std::string made_id(std::size_t ordinal) { return std::string(kMadeId) + std::to_string(ordinal); }

bool is_made_id(std::string_view id) { return id.starts_with(kMadeId); }

}  // namespace headgate::llm::gemini
