#include "llm/responses_items/reading.h"

namespace headgate::llm::responses {

using base::Errc;
using base::json::Kind;
using base::json::Text;

std::string Place::param(std::string_view member) const {
  std::string out(root);
  if (item >= 0) out += '[' + std::to_string(item) + ']';
  if (!list.empty()) {
    out += '.';
    out += list;
  }
  if (part >= 0) out += '[' + std::to_string(part) + ']';
  if (!out.empty() && !member.empty()) out += '.';
  out += member;
  return out;
}

bool Reading::keep(std::string_view member, std::string detail) {
  if (error_) return false;
  if (side == Side::provider) {
    error_ = base::fail(Errc::upstream_malformed, "the provider's answer is wrong: " + detail);
  } else {
    error_ = base::fail(Errc::invalid_request, std::move(detail), at.param(member));
  }
  return false;
}

bool Reading::reject(std::string_view member, std::string_view why) {
  return keep(member, "Invalid '" + at.param(member) + "': " + std::string(why) + ".");
}

bool Reading::wrong_type(std::string_view member, std::string_view expected, Kind got) {
  const std::string param = at.param(member);
  return keep(member, "Invalid type for '" + (param.empty() ? "the request body" : param) +
                          "': expected " + std::string(expected) + ", but got " +
                          std::string(name(got)) + " instead.");
}

bool Reading::missing(std::string_view member) {
  return keep(member, "Missing required parameter: '" + at.param(member) + "'.");
}

base::Error Reading::error() const {
  if (error_) return *error_;
  if (side == Side::provider) {
    base::Error error = cursor.error(Errc::upstream_malformed);
    error.detail = "the provider's answer is malformed: " + error.detail;
    return error;
  }
  const auto& failure = cursor.failure();
  return base::fail(Errc::invalid_json,
                    "We could not parse the JSON body of your request: expected " +
                        std::string(failure.expected) + " at byte " +
                        std::to_string(failure.offset) + ".");
}

bool Reading::skip_if_null_or_broken(Kind kind) {
  if (kind != Kind::null && kind != Kind::none) return false;
  cursor.skip();
  return true;
}

bool Reading::string(std::string_view member, std::string& out) {
  const Kind kind = cursor.kind();
  if (skip_if_null_or_broken(kind)) return cursor.ok();
  if (kind != Kind::string) return wrong_type(member, "a string", kind);
  Text text;
  if (!cursor.string(text)) return false;
  out.clear();
  return append(out, text);
}

bool Reading::boolean(std::string_view member, std::optional<bool>& out) {
  const Kind kind = cursor.kind();
  if (skip_if_null_or_broken(kind)) return cursor.ok();
  if (kind != Kind::boolean) return wrong_type(member, "a boolean", kind);
  bool value = false;
  if (cursor.boolean(value)) out = value;
  return cursor.ok();
}

bool Reading::count(std::string_view member, std::optional<std::int64_t>& out) {
  const Kind kind = cursor.kind();
  if (skip_if_null_or_broken(kind)) return cursor.ok();
  if (kind != Kind::number) return wrong_type(member, "an integer", kind);
  const std::optional<std::int64_t> value = cursor.maybe_integer();
  if (!cursor.ok()) return false;
  if (!value || *value < 0) return reject(member, "expected an integer that is not negative");
  out = value;
  return true;
}

bool Reading::number(std::string_view member, std::string& out) {
  return raw(member, Kind::number, out);
}

bool Reading::raw(std::string_view member, Kind kind, std::string& out) {
  const Kind got = cursor.kind();
  if (skip_if_null_or_broken(got)) return cursor.ok();
  if (got != kind) return wrong_type(member, name(kind), got);
  if (cursor.skip()) out = cursor.value_text();
  return cursor.ok();
}

// The cursor leaves the escapes in a long key.
std::string Reading::plain_key(std::string_view key) const {
  const std::string_view quoted = cursor.key_range().of(text_);
  if (quoted.size() < 2 || quoted.substr(1, quoted.size() - 2) != key) return std::string(key);
  return Text{key, key.find('\\') != std::string_view::npos}.decode();
}

bool Reading::extra(std::string_view key, chat::Extras& extras) {
  std::string name = plain_key(key);
  if (!cursor.skip()) return false;
  if (!name.starts_with(kItemExtra)) {
    extras.push_back({std::move(name), std::string(cursor.value_text())});
  }
  return true;
}

bool Reading::enter_object(std::string_view member) {
  const Kind kind = cursor.kind();
  if (kind == Kind::none) return cursor.skip();
  if (kind != Kind::object) return wrong_type(member, "an object", kind);
  return cursor.enter_object();
}

bool Reading::enter_array(std::string_view member) {
  const Kind kind = cursor.kind();
  if (skip_if_null_or_broken(kind)) return false;
  if (kind != Kind::array) return wrong_type(member, "an array", kind);
  return cursor.enter_array();
}

std::string_view peek_type(const base::json::Cursor& at) {
  base::json::Cursor look = at;
  if (look.kind() != Kind::object || !look.enter_object()) return {};
  std::string_view key;
  while (look.next_key(key)) {
    Text type;
    if (key == "type") return look.maybe_string(type) ? type.raw : std::string_view();
  }
  return {};
}

}  // namespace headgate::llm::responses
