#include "base/config/reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/json/cursor.h"

namespace headgate::base::config {
namespace {

constexpr std::int64_t kBytesShownMax = 40;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// YAML 1.2's core schema: what an unquoted scalar is.
std::optional<bool> as_bool(std::string_view text) {
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  return std::nullopt;
}

std::optional<double> as_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto digit = text.find_first_not_of('-');
  if (digit > 1 || (text[digit] != '.' && (text[digit] < '0' || text[digit] > '9'))) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc{} ? value : HUGE_VAL;
}

bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  return !text.empty() && digits && (text.size() == 1 || text[0] != '0');  // 010: octal or ten?
}

void append_any(std::string& out, const Node& node);

void append_children(std::string& out, const Node& node, bool keyed) {
  bool first = true;
  for (const Node& child : node.children) {
    if (!first) out += ',';
    first = false;
    if (keyed) {
      append_json_string(out, child.key);
      out += ':';
    }
    append_any(out, child);
  }
}

// Unquoted scalars are what YAML takes them for; numbers stay as written where JSON has them so.
void append_scalar(std::string& out, const Node& node) {
  const auto boolean = node.quoted ? std::nullopt : as_bool(node.text);
  const auto number = node.quoted ? std::nullopt : as_number(node.text);
  if (boolean) {
    out += *boolean ? "true" : "false";
  } else if (number && std::isfinite(*number)) {
    out += json::valid(node.text) ? node.text : number_text(*number);
  } else {
    append_json_string(out, node.text);
  }
}

void append_any(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: out += "null"; return;
    case Node::Kind::scalar: append_scalar(out, node); return;
    case Node::Kind::list:
      out += '[';
      append_children(out, node, false);
      out += ']';
      return;
    case Node::Kind::map:
      out += '{';
      append_children(out, node, true);
      out += '}';
      return;
  }
}

// An escape in double quotes can make any byte; blanks and line breaks are all that text needs.
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F;
}

std::string shown(std::string_view text) {
  if (text.size() <= kBytesShownMax) return json_string(text);
  return json_string(text.substr(0, kBytesShownMax)) + "…";
}

std::string found(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::scalar: break;
  }
  if (node.quoted) return "the string " + shown(node.text);
  if (as_bool(node.text)) return "the boolean " + node.text;
  return as_number(node.text) ? "the number " + node.text : shown(node.text);
}

// "at least 1", "at most 5", "1 to 5".
std::string range(const std::optional<std::int64_t>& min, const std::optional<std::int64_t>& max) {
  if (min && max) return fmt::format("{} to {}", *min, *max);
  return min ? fmt::format("at least {}", *min) : fmt::format("at most {}", max.value_or(0));
}

// The key's own name, for its unit: the last part of the path.
std::string unit_suffix(std::string_view path) {
  const std::string_view unit = unit_of(path.substr(path.rfind('.') + 1));
  return unit.empty() ? "" : " " + std::string(unit);
}

}  // namespace

bool Reader::is_kind(const Cursor& at, Node::Kind kind, std::string_view expected) {
  if (at.node().kind == kind) return true;
  // A scalar is not repeated: a secret may have been pasted in the wrong place.
  const bool scalar = at.node().kind == Node::Kind::scalar;
  problems_.add(at, fmt::format("expected {}, found {}", expected,
                                scalar ? "a single value" : found(at.node())));
  return false;
}

std::optional<std::string_view> Reader::scalar(const Cursor& at, std::string_view expected) {
  const Node& node = at.node();
  if (node.kind == Node::Kind::null) {
    problems_.add(
        at, fmt::format("expected {}, found nothing; give it a value or remove the key", expected));
    return std::nullopt;
  }
  if (!is_kind(at, Node::Kind::scalar, expected)) return std::nullopt;
  if (node.text.find("${") != std::string::npos) {
    problems_.add(at, "${…} is not expanded; use env:NAME, in a field that takes a secret");
    return std::nullopt;
  }
  if (std::any_of(node.text.begin(), node.text.end(), is_control)) {
    problems_.add(at, "holds a control character");
    return std::nullopt;
  }
  return node.text;
}

std::optional<std::string_view> Reader::text(const Cursor& at, std::string_view expected) {
  const auto out = scalar(at, expected);
  if (!out || at.node().quoted || (!as_bool(*out) && !as_number(*out))) return out;
  problems_.add(at,
                fmt::format("expected {}, found {}; put it in quotes", expected, found(at.node())));
  return std::nullopt;
}

void Reader::read_bool(const Cursor& at, bool& out) {
  const auto written = scalar(at, "true or false");
  if (!written) return;
  const auto value = at.node().quoted ? std::nullopt : as_bool(*written);
  if (value) {
    out = *value;
  } else {
    problems_.add(at, "expected true or false, found " + found(at.node()));
  }
}

std::optional<std::int64_t> Reader::read_integer(const Cursor& at, const Meta& meta,
                                                 std::int64_t least, std::int64_t most) {
  const auto written = scalar(at, "an integer");
  if (!written) return std::nullopt;
  if (at.node().quoted || !is_integer(*written)) {
    problems_.add(at, "expected an integer, found " + found(at.node()));
    return std::nullopt;
  }
  least = std::max(least, meta.min.value_or(least));
  most = std::min(most, meta.max.value_or(most));
  std::int64_t value = 0;
  const auto end = written->data() + written->size();
  const bool fits = std::from_chars(written->data(), end, value).ec == std::errc{};
  if (fits && value >= least && value <= most) return value;
  problems_.add(at, fmt::format("must be {} to {}{}, found {}", least, most, unit_suffix(at.path),
                                written->substr(0, kBytesShownMax)));
  return std::nullopt;
}

void Reader::read_number(const Cursor& at, const Meta& meta, double& out) {
  const auto written = scalar(at, "a number");
  if (!written) return;
  const auto value = at.node().quoted ? std::nullopt : as_number(*written);
  if (!value) {
    problems_.add(at, "expected a number, found " + found(at.node()));
  } else if (!std::isfinite(*value) || (meta.min && *value < static_cast<double>(*meta.min)) ||
             (meta.max && *value > static_cast<double>(*meta.max))) {
    problems_.add(at, fmt::format("must be {}, found {}", range(meta.min, meta.max),
                                  written->substr(0, kBytesShownMax)));
  } else {
    out = *value;
  }
}

void Reader::read_string(const Cursor& at, const Meta& meta, std::string& out) {
  const auto written = text(at, "a string");
  if (!written) return;
  check_length(at, meta, written->size(), "bytes long");
  out = *written;
}

void Reader::read_path(const Cursor& at, const Meta& meta, std::filesystem::path& out) {
  const auto written = text(at, "a path");
  if (!written) return;
  if (written->empty() || written->starts_with("~")) {
    problems_.add(at, written->empty() ? "the path is empty" : "~ is not expanded; write the path");
    return;
  }
  out = (folder_ / *written).lexically_normal();
  if (meta.must_exist) files_.push_back({at.place(), out});
}

void Reader::read_secret(const Cursor& at, SecretRef& out) {
  const auto written = scalar(at, "env:NAME or file:/path");
  if (!written) return;
  auto parsed = SecretRef::parse(*written);
  if (!parsed) {
    problems_.add(at, parsed.error().detail);
    return;
  }
  out = *std::move(parsed);
  out.anchor(folder_);
  secrets_.push_back({at.place(), out});
}

void Reader::read_any(const Cursor& at, Json& out) {
  out.text.clear();
  append_any(out.text, at.node());
}

std::optional<std::size_t> Reader::read_choice(const Cursor& at,
                                               const std::vector<std::string_view>& names) {
  const auto written = scalar(at, fmt::format("one of {}", fmt::join(names, ", ")));
  if (!written) return std::nullopt;
  const auto at_name = std::find(names.begin(), names.end(), *written);
  if (at_name != names.end()) return at_name - names.begin();
  problems_.add_unknown(at, shown(*written) + " is not a choice here", *written, names);
  return std::nullopt;
}

bool Reader::check_length(const Cursor& at, const Meta& meta, std::size_t size,
                          std::string_view unit) {
  const auto length = static_cast<std::int64_t>(size);
  if (length >= meta.min.value_or(0) && length <= meta.max.value_or(INT64_MAX)) return true;
  problems_.add(at, length == 0 ? "must not be empty"
                                : fmt::format("must be {} {}, found {}", range(meta.min, meta.max),
                                              unit, length));
  return false;
}

bool Reader::is_name(const Cursor& entry) {
  constexpr std::size_t kNameMax = 200;
  const std::string& key = entry.node().key;
  const bool plain =
      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (plain && key.size() <= kNameMax) return true;
  problems_.add(entry.key_place(), "a name is up to 200 printable ASCII characters without blanks");
  return false;
}

void Reader::check_keys(const Cursor& at, const std::vector<std::string_view>& known) {
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Cursor entry = at.child(i);
    if (std::find(known.begin(), known.end(), entry.node().key) != known.end()) continue;
    problems_.add_unknown(entry.key_place(), "unknown key", entry.node().key, known);
  }
  check_duplicates(at);
}

void Reader::check_duplicates(const Cursor& at) {
  std::map<std::string_view, int> lines;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Cursor entry = at.child(i);
    const auto [first, is_new] = lines.emplace(entry.node().key, entry.node().key_mark.line);
    if (is_new) continue;
    problems_.add(entry.key_place(), fmt::format("given twice, first in line {}", first->second));
  }
}

void Reader::missing(const Cursor& at, const Meta& meta) {
  std::string what = "required, but missing";
  if (!meta.example.empty()) what += "; for example: " + std::string(meta.example);
  problems_.add(at, std::move(what));
}

void check_references(const Reader& reader, Problems& problems, Problems& warnings) {
  for (const SecretUse& use : reader.secrets()) {
    if (const auto secret = use.secret.resolve(); !secret) {
      problems.add(use.at, secret.error().detail);
    } else if (std::string why = use.secret.exposure(); !why.empty()) {
      warnings.add(use.at, std::move(why));
    }
  }
  for (const FileUse& use : reader.files()) {
    std::error_code error;
    const bool is_file = !std::filesystem::is_directory(use.path, error);
    if (is_file && ::access(use.path.c_str(), R_OK) == 0) continue;
    problems.add(use.at, "file " + use.path.string() + " cannot be read");
  }
}

}  // namespace headgate::base::config
