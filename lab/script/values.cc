#include "lab/script/values.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace headgate::lab {
namespace {

namespace json = boost::json;
using Kind = base::config::Node::Kind;

constexpr int kJsonDepthMax = 64;

bool is(const Cursor& at, Kind kind) { return at.present() && at.node().kind == kind; }

template <class Number>
std::optional<Number> parse_whole(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

json::value scalar_value(const base::config::Node& node) {
  const std::string& text = node.text;
  if (node.quoted) return json::value(text);
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  if (const auto integer = parse_whole<std::int64_t>(text)) return *integer;
  const auto real = parse_whole<double>(text);
  if (real && std::isfinite(*real)) return *real;
  return json::value(text);
}

json::value json_of(const Cursor& at, Problems& problems, int depth) {
  if (depth > kJsonDepthMax) {
    problems.add(at, fmt::format("is deeper than {} levels", kJsonDepthMax));
    return nullptr;
  }
  if (is(at, Kind::scalar)) return scalar_value(at.node());
  if (is(at, Kind::list)) {
    json::array array;
    for (std::size_t i = 0; i < at.size(); ++i) {
      array.push_back(json_of(at.child(i), problems, depth + 1));
    }
    return array;
  }
  if (!is(at, Kind::map)) return nullptr;
  json::object object;
  each_pair(at, problems, [&](const std::string& key, const Cursor& value) {
    object[key] = json_of(value, problems, depth + 1);
  });
  return object;
}

}  // namespace

void each_pair(const Cursor& at, Problems& problems,
               const std::function<void(const std::string&, const Cursor&)>& entry) {
  if (!is(at, Kind::map)) return problems.add(at, "must be a map");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Cursor value = at.child(i);
    if (seen.insert(value.node().key).second) {
      entry(value.node().key, value);
    } else {
      problems.add(value.key_place(), "is given twice");
    }
  }
}

void each_entry(const Cursor& at, Problems& problems, std::initializer_list<std::string_view> known,
                const std::function<void(std::string_view, const Cursor&)>& entry) {
  each_pair(at, problems, [&](const std::string& key, const Cursor& value) {
    if (std::find(known.begin(), known.end(), key) != known.end()) return entry(key, value);
    problems.add_unknown(value.key_place(), "is no key of the lab's script", key, known);
  });
}

void each_item(const Cursor& at, Problems& problems,
               const std::function<void(const Cursor&)>& item) {
  if (!is(at, Kind::list)) return problems.add(at, "must be a list");
  for (std::size_t i = 0; i < at.size(); ++i) item(at.child(i));
}

std::string read_text(const Cursor& at, Problems& problems) {
  if (is(at, Kind::scalar) && !at.node().text.empty()) return at.node().text;
  problems.add(at, "must be a text");
  return {};
}

std::vector<std::string> read_texts(const Cursor& at, Problems& problems) {
  std::vector<std::string> texts;
  if (!is(at, Kind::list)) {
    texts.push_back(read_text(at, problems));
    return texts;
  }
  if (at.size() == 0) problems.add(at, "must not be an empty list");
  each_item(at, problems, [&](const Cursor& item) { texts.push_back(read_text(item, problems)); });
  return texts;
}

std::string read_choice(const Cursor& at, Problems& problems,
                        std::initializer_list<std::string_view> known) {
  std::string text = read_text(at, problems);
  if (!text.empty() && std::find(known.begin(), known.end(), text) == known.end()) {
    problems.add_unknown(at, fmt::format("cannot be '{}'", text), text, known);
  }
  return text;
}

std::optional<bool> read_bool(const Cursor& at, Problems& problems) {
  if (is(at, Kind::scalar) && at.node().text == "true") return true;
  if (is(at, Kind::scalar) && at.node().text == "false") return false;
  problems.add(at, "must be true or false");
  return std::nullopt;
}

std::optional<double> read_number(const Cursor& at, Problems& problems, Bounds bounds) {
  const auto number = is(at, Kind::scalar) ? parse_whole<double>(at.node().text) : std::nullopt;
  if (number && *number >= bounds.min && *number <= bounds.max) return number;
  problems.add(at, fmt::format("must be a number from {} to {}", bounds.min, bounds.max));
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const Cursor& at, Problems& problems, Bounds bounds) {
  const auto number =
      is(at, Kind::scalar) ? parse_whole<std::int64_t>(at.node().text) : std::nullopt;
  const auto real = static_cast<double>(number.value_or(0));
  if (number && real >= bounds.min && real <= bounds.max) return number;
  problems.add(at, fmt::format("must be a whole number from {} to {}", bounds.min, bounds.max));
  return std::nullopt;
}

json::value read_json(const Cursor& at, Problems& problems) { return json_of(at, problems, 0); }

}  // namespace headgate::lab
