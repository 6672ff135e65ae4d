#include "agents/definitions/template.h"

#include <algorithm>
#include <utility>

#include "base/json/cursor.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kNull = "null";

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : ",") + values[i];
  return out;
}

}  // namespace

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

Result<Template> Template::parse(std::string_view text) {
  Template out;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) out.pieces_.push_back({std::exchange(literal, {}), Form::literal});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = i + 1 < text.size() && text[i + 1] == c;
    if (c != '{' && c != '}') {
      literal += c;
    } else if (doubled) {
      literal += c;
      ++i;
    } else if (c == '}') {
      return fail(Errc::config_invalid, "a '}' without its '{'; write }} for the character");
    } else {
      std::size_t end = i + 1;
      while (end < text.size() && is_name_character(text[end])) ++end;
      std::string name(text.substr(i + 1, end - i - 1));
      Form form = Form::value;
      if (end < text.size() && text[end] == '*') form = Form::each;
      if (end < text.size() && text[end] == ',') form = Form::joined;
      if (form != Form::value) ++end;
      if (name.empty() || end >= text.size() || text[end] != '}') {
        return fail(Errc::config_invalid,
                    "'{' begins {name_of_an_argument}; write {{ for the character");
      }
      flush();
      out.pieces_.push_back({std::move(name), form});
      i = end;
    }
  }
  flush();
  return out;
}

std::vector<std::string_view> Template::names() const {
  std::vector<std::string_view> out;
  for (const Piece& piece : pieces_) {
    if (piece.form != Form::literal) out.push_back(piece.text);
  }
  return out;
}

std::string_view Template::only(Form form) const {
  if (pieces_.size() != 1 || pieces_.front().form != form) return {};
  return pieces_.front().text;
}

std::string_view Template::only_name() const { return only(Form::value); }

std::string_view Template::only_each() const { return only(Form::each); }

bool Template::has_each() const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [](const Piece& piece) { return piece.form == Form::each; });
}

std::optional<std::string> Template::fill(const Lookup& lookup) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (piece.form == Form::literal) {
      out += piece.text;
      continue;
    }
    const auto value = lookup(piece.text);
    if (!value || *value == kNull) return std::nullopt;
    out += piece.form == Form::value ? plain_value(*value) : joined(plain_values(*value));
  }
  return out;
}

std::string plain_value(std::string_view json) {
  base::json::Cursor cursor(json);
  base::json::Text text;
  if (cursor.kind() == base::json::Kind::string && cursor.string(text)) return text.decode();
  return std::string(json);
}

std::vector<std::string> plain_values(std::string_view json) {
  base::json::Cursor cursor(json);
  std::vector<std::string> out;
  if (json == kNull) return out;
  if (cursor.kind() != base::json::Kind::array) return {plain_value(json)};
  if (!cursor.enter_array()) return out;
  while (cursor.next_element()) {
    if (cursor.skip()) out.push_back(plain_value(cursor.value_text()));
  }
  return out;
}

}  // namespace headgate::agents
