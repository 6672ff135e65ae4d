#include "base/config/reference.h"

#include <fmt/format.h>

#include <algorithm>

namespace headgate::base::config {
namespace {

// One key as the reference shows it; `key` is the whole path with <name> and [] for what repeats.
struct Row {
  std::string key;
  std::string type;
  std::string standard;  // the default, or "required"
  std::string bounds;
  const std::vector<std::string_view>* choices = nullptr;  // of the description
  bool needs_restart = false;
  std::string_view doc;
  std::string_view example;
};

struct Section {
  std::string key;
  std::string_view doc;
  std::vector<Row> rows;
};

std::string type_text(const Description& type) {
  switch (type.kind) {
    case Kind::boolean: return "true or false";
    case Kind::integer: return "integer";
    case Kind::number: return "number";
    case Kind::string: return "string";
    case Kind::choice: return "choice";
    case Kind::path: return "path";
    case Kind::url: return "URL";
    case Kind::address: return "host:port";
    case Kind::dollars: return "dollars";
    case Kind::secret: return "env:NAME or file:/path";
    case Kind::json: return "any YAML";
    case Kind::list: return "list of " + type_text(type.element[0]);
    case Kind::map: return "map of " + type_text(type.element[0]);
    case Kind::record: return "section";
  }
  return {};
}

// 33554432 says less than 32 MiB.
std::string with_unit(std::int64_t value, std::string_view unit) {
  constexpr std::int64_t kKi = 1024;
  if (unit.empty()) return std::to_string(value);
  if (unit != "bytes" || value == 0 || value % kKi != 0) return fmt::format("{} {}", value, unit);
  std::size_t power = 0;
  std::int64_t scaled = value;
  for (; scaled % kKi == 0 && power < 3; ++power) scaled /= kKi;
  constexpr std::array<std::string_view, 4> kNames = {"bytes", "KiB", "MiB", "GiB"};
  return fmt::format("{} ({} {})", value, scaled, kNames[power]);
}

std::string default_text(const FieldDescription& field) {
  if (field.meta.required) return "required";
  if (!field.meta.default_note.empty()) return std::string(field.meta.default_note);
  std::string value = field.type.value;
  if (value.empty() || value == "\"\"" || value == "[]" || value == "{}") return "none";
  if (field.type.kind == Kind::integer) return with_unit(std::stoll(value), unit_of(field.name));
  const bool quoted = value.size() > 2 && value.front() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

std::string bounds_text(const FieldDescription& field) {
  const Meta& meta = field.meta;
  if (!meta.min && !meta.max) return {};
  const std::string_view unit = unit_of(field.name);
  std::string_view what;
  if (field.type.kind == Kind::list || field.type.kind == Kind::map) what = " entries";
  if (field.type.kind == Kind::string) what = " bytes long";
  if (!meta.max) return fmt::format("at least {}{}", with_unit(*meta.min, unit), what);
  if (!meta.min) return fmt::format("at most {}{}", with_unit(*meta.max, unit), what);
  return fmt::format("{} to {}{}", *meta.min, with_unit(*meta.max, unit), what);
}

void collect(const Description& type, const std::string& key, std::vector<Row>& rows);

// A list or map of records is entered; its own line stays, for its meaning and its bounds.
void collect_field(const FieldDescription& field, const std::string& key, std::vector<Row>& rows) {
  const Description& type = field.type;
  if (type.kind != Kind::record) {
    rows.push_back({key, type_text(type), default_text(field), bounds_text(field), &type.choices,
                    field.meta.needs_restart, field.meta.doc, field.meta.example});
  }
  collect(type, key, rows);
}

void collect(const Description& type, const std::string& key, std::vector<Row>& rows) {
  if (type.kind == Kind::list) collect(type.element[0], key + "[]", rows);
  if (type.kind == Kind::map) collect(type.element[0], key + ".<name>", rows);
  for (const FieldDescription& field : type.fields) {
    collect_field(field, key + "." + std::string(field.name), rows);
  }
}

std::vector<Section> sections(const Description& root) {
  std::vector<Section> out;
  for (const FieldDescription& field : root.fields) {
    Section section{std::string(field.name), field.meta.doc, {}};
    collect_field(field, section.key, section.rows);
    if (field.type.kind != Kind::record) section.rows[0].doc = {};  // the section's heading says it
    out.push_back(std::move(section));
  }
  return out;
}

std::size_t width_of(const std::vector<Section>& all, std::string Row::*member) {
  std::size_t width = 0;
  for (const Section& section : all) {
    for (const Row& row : section.rows) width = std::max(width, (row.*member).size());
  }
  return width;
}

// Breaks prose at blanks so that a terminal of 100 columns shows it whole.
void append_wrapped(std::string& out, std::string_view text) {
  constexpr std::size_t kWidth = 92;
  constexpr std::string_view kIndent = "      ";
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > kWidth) {
      const auto blank = text.rfind(' ', kWidth);
      end = blank == std::string_view::npos ? kWidth : blank;
    }
    out += fmt::format("{}{}\n", kIndent, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string meaning(const Row& row) {
  std::string out(row.doc);
  if (!row.choices->empty()) out += fmt::format(" One of {}.", fmt::join(*row.choices, ", "));
  if (!row.example.empty()) out += fmt::format(" Example: `{}`.", row.example);
  return out.starts_with(' ') ? out.substr(1) : out;
}

}  // namespace

std::string reference_text(const Description& root) {
  const std::vector<Section> all = sections(root);
  const std::size_t key_width = width_of(all, &Row::key);
  const std::size_t type_width = width_of(all, &Row::type);
  const std::size_t default_width = width_of(all, &Row::standard);
  std::string out;
  for (const Section& section : all) {
    out += fmt::format("{}{}: {}\n", out.empty() ? "" : "\n", section.key, section.doc);
    for (const Row& row : section.rows) {
      std::string line = fmt::format("  {:<{}}  {:<{}}  {:<{}}  {}", row.key, key_width, row.type,
                                     type_width, row.standard, default_width, row.bounds);
      if (row.needs_restart) line += row.bounds.empty() ? "restart" : "; restart";
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      append_wrapped(out, meaning(row));
    }
  }
  return out;
}

std::string reference_markdown(const Description& root) {
  std::string out;
  for (const Section& section : sections(root)) {
    out += fmt::format("## {}\n\n{}\n\n", section.key, section.doc);
    out += "| key | type | default | bounds | restart | meaning |\n|---|---|---|---|---|---|\n";
    for (const Row& row : section.rows) {
      out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", row.key, escaped(row.type),
                         escaped(row.standard), row.bounds, row.needs_restart ? "yes" : "",
                         escaped(meaning(row)));
    }
    out += "\n";
  }
  return out;
}

}  // namespace headgate::base::config
