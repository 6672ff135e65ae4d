#include "agents/definitions/template.h"

#include <utility>

#include "base/json/cursor.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

}  // namespace

Result<Template> Template::parse(std::string_view text) {
  Template out;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) out.pieces_.push_back({std::exchange(literal, {}), false});
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
      if (end == i + 1 || end >= text.size() || text[end] != '}') {
        return fail(Errc::config_invalid,
                    "'{' begins {name_of_an_argument}; write {{ for the character");
      }
      flush();
      out.pieces_.push_back({std::string(text.substr(i + 1, end - i - 1)), true});
      i = end;
    }
  }
  flush();
  return out;
}

std::vector<std::string_view> Template::names() const {
  std::vector<std::string_view> out;
  for (const Piece& piece : pieces_) {
    if (piece.is_name) out.push_back(piece.text);
  }
  return out;
}

std::string_view Template::only_name() const {
  if (pieces_.size() != 1 || !pieces_.front().is_name) return {};
  return pieces_.front().text;
}

std::optional<std::string> Template::fill(const Lookup& lookup) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    if (!piece.is_name) {
      out += piece.text;
      continue;
    }
    const auto value = lookup(piece.text);
    if (!value) return std::nullopt;
    out += plain_value(*value);
  }
  return out;
}

std::string plain_value(std::string_view json) {
  base::json::Cursor cursor(json);
  base::json::Text text;
  if (cursor.kind() == base::json::Kind::string && cursor.string(text)) return text.decode();
  return std::string(json);
}

}  // namespace headgate::agents
