#include "lab/script/template.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace headgate::lab {
namespace {

namespace json = boost::json;

/// A pattern may be tried at every byte and each try may read to the end: this bounds the square.
constexpr std::size_t kSearchBytesMax = 16 * 1024;
constexpr std::string_view kDigits = "{digits}";
constexpr std::string_view kWord = "{word}";
constexpr std::string_view kLine = "{line}";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool is_word(char c) {
  const char l = lower(c);
  return is_digit(c) || (l >= 'a' && l <= 'z') || c == '-' || c == '_' || (c & 0x80) != 0;
}
bool is_line(char c) { return c != '\n' && c != '\r'; }

/// Calls `literal(text)` and `name(text)` over the parts of a template.
template <class Literal, class Name>
void scan_template(std::string_view text, Literal literal, Name name) {
  while (true) {
    const auto open = text.find("{{");
    const auto close = open == text.npos ? text.npos : text.find("}}", open + 2);
    if (close == text.npos) break;
    literal(text.substr(0, open));
    std::string_view inside = text.substr(open + 2, close - open - 2);
    while (!inside.empty() && inside.front() == ' ') inside.remove_prefix(1);
    while (!inside.empty() && inside.back() == ' ') inside.remove_suffix(1);
    name(inside);
    text.remove_prefix(close + 2);
  }
  literal(text);
}

/// Length of the match of `pattern` at the start of `text`. Placeholders take as much as they can
/// and never give back.
std::optional<std::size_t> match_here(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  const auto take = [&](std::string_view placeholder, bool (*fits)(char)) {
    const std::size_t begin = at;
    while (at < text.size() && fits(text[at])) ++at;
    pattern.remove_prefix(placeholder.size());
    return at > begin;
  };
  while (!pattern.empty()) {
    bool ok = true;
    if (pattern.starts_with(kDigits)) {
      ok = take(kDigits, is_digit);
    } else if (pattern.starts_with(kWord)) {
      ok = take(kWord, is_word);
    } else if (pattern.starts_with(kLine)) {
      ok = take(kLine, is_line);
    } else {
      ok = at < text.size() && lower(text[at++]) == lower(pattern.front());
      pattern.remove_prefix(1);
    }
    if (!ok) return std::nullopt;
  }
  return at;
}

}  // namespace

std::string expand(std::string_view text, const Lookup& lookup) {
  std::string out;
  scan_template(
      text, [&](std::string_view literal) { out += literal; },
      [&](std::string_view name) { out += lookup(name); });
  return out;
}

json::value expand_all(const json::value& value, const Lookup& lookup) {
  if (const auto* text = value.if_string()) return json::value(expand(*text, lookup));
  if (const auto* array = value.if_array()) {
    json::array out;
    for (const auto& item : *array) out.push_back(expand_all(item, lookup));
    return out;
  }
  if (const auto* object = value.if_object()) {
    json::object out;
    for (const auto& [key, item] : *object) out[key] = expand_all(item, lookup);
    return out;
  }
  return value;
}

std::vector<std::string> template_names(std::string_view text) {
  std::vector<std::string> names;
  scan_template(
      text, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
  return names;
}

std::optional<std::string> find_pattern(std::string_view pattern, std::string_view text) {
  text = text.substr(0, kSearchBytesMax);
  for (std::size_t from = 0; from < text.size(); ++from) {
    const auto length = match_here(pattern, text.substr(from));
    if (length && *length > 0) return std::string(text.substr(from, *length));
  }
  return std::nullopt;
}

std::string pattern_problem(std::string_view pattern) {
  if (pattern.empty()) return "is empty";
  while (!pattern.empty()) {
    std::size_t taken = 1;
    for (const auto known : {kDigits, kWord, kLine}) {
      if (pattern.starts_with(known)) taken = known.size();
    }
    if (taken == 1 && pattern.front() == '{')
      return "has '{' that is not {digits}, {word} or {line}";
    pattern.remove_prefix(taken);
  }
  return {};
}

bool glob_match(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0, star = glob.npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && (glob[g] == '?' || (glob[g] == text[t] && glob[g] != '*'))) {
      ++g;
      ++t;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool contains_nocase(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

}  // namespace headgate::lab
