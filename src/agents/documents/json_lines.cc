#include "agents/documents/json_lines.h"

#include <set>

#include "agents/documents/front_matter.h"
#include "agents/documents/text.h"
#include "base/json/members.h"

namespace headgate::agents::knowledge {
namespace {

using base::Error;
using base::Result;
using base::json::Cursor;
using base::json::Kind;
using base::json::Text;

constexpr std::size_t kDepthMax = 64;

// One line.
class Reader {
 public:
  Reader(std::string_view path, std::string_view line, std::size_t number)
      : path_(path), line_(line), number_(number) {}

  Result<Document> read();

 private:
  Error wrong(std::string_view at, std::string_view what) const {
    const auto column = static_cast<std::size_t>(at.data() - line_.data()) + 1;
    return located(path_, number_, column, what);
  }
  Error syntax(const Cursor& cursor) const {
    return located(path_, number_, cursor.failure().offset + 1,
                   "not JSON: " + std::string(cursor.failure().expected));
  }
  Result<std::string> name(const base::json::Member& member, std::string_view kind) const;
  Result<Labels> labels(std::string_view object) const;
  Result<void> values(Cursor& cursor, const std::string& key, Labels& out) const;
  Result<void> near_misses(const base::json::Members& members) const;

  std::string_view path_;
  std::string_view line_;
  std::size_t number_;
};

Result<std::string> Reader::name(const base::json::Member& member, std::string_view kind) const {
  if (member.kind != Kind::string && member.kind != Kind::number) {
    return wrong(member.raw, std::string(kind) + " must be a string");
  }
  std::string text =
      member.kind == Kind::string ? member.text.decode() : std::string(stripped(member.raw));
  text = stripped(text);
  const std::string problem = name_problem(kind, text);
  if (!problem.empty()) return wrong(member.raw, problem);
  return text;
}

Result<void> Reader::values(Cursor& cursor, const std::string& key, Labels& out) const {
  const bool many = cursor.kind() == Kind::array;
  if (many) cursor.enter_array();
  while (!many || cursor.next_element()) {
    Text text;
    const bool is_string = cursor.maybe_string(text);
    if (!cursor.ok()) return syntax(cursor);
    const auto kind = line_.empty() ? '\0' : cursor.value_text().front();
    if (!is_string && (kind == '{' || kind == '[' || kind == 'n')) {
      return wrong(cursor.value_text(), "a label's value must be a string or a list of them");
    }
    const std::string value = is_string ? text.decode() : std::string(cursor.value_text());
    std::string problem = name_problem("a label's key", key);
    if (problem.empty()) problem = name_problem("a label's value", value);
    if (problem.empty() && out.size() >= kLabelsMax) problem = "too many labels";
    if (!problem.empty()) return wrong(cursor.value_text(), problem);
    out.emplace_back(key, value);
    if (!many) break;
  }
  return {};
}

Result<Labels> Reader::labels(std::string_view object) const {
  Labels out;
  Cursor cursor(object, kDepthMax);
  std::string_view key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const auto read = values(cursor, cursor.key_decoded(), out);
    if (!read) return read.error();
  }
  tidy(out);
  return out;
}

Result<void> Reader::near_misses(const base::json::Members& members) const {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string_view name = members.at(i).name;
    const std::string_view meant = nearly_reserved(name);
    if (meant.empty()) continue;
    return wrong(members.at(i).raw, "\"" + std::string(name) + "\" was perhaps meant to be \"" +
                                        std::string(meant) + "\"; if not, rename it");
  }
  return {};
}

Result<Document> Reader::read() {
  Cursor cursor(line_, kDepthMax);
  if (cursor.kind() != Kind::object) return located(path_, number_, 1, "a line is one JSON object");
  base::json::Members members;
  if (!members.read(cursor, line_) || !cursor.finish()) return syntax(cursor);
  const auto near = near_misses(members);
  if (!near) return near.error();
  const auto* text = members.take("text");
  if (text == nullptr || text->kind != Kind::string) {
    return located(path_, number_, 1, "no \"text\" with a string");
  }
  Document out;
  const std::string decoded = text->text.decode();
  if (decoded.find('\0') != std::string::npos) return wrong(text->raw, "text has a NUL character");
  out.sections.push_back({{}, std::string(stripped(decoded))});
  out.name = std::to_string(number_);
  for (const auto& [key, to] :
       {std::pair{"title", &out.title}, {"tenant", &out.tenant}, {"id", &out.name}}) {
    // JSON's null would make a tenant's document everybody's.
    bool given = false;
    for (std::size_t i = 0; i < members.size(); ++i) given |= members.at(i).name == key;
    if (!given) continue;
    const auto* member = members.take(key);
    if (member == nullptr) {
      return located(path_, number_, 1, std::string(key) + " is null: leave it out instead");
    }
    auto value = name(*member, key);
    if (!value) return value.error();
    *to = std::move(*value);
  }
  if (const auto* member = members.take("labels")) {
    if (member->kind != Kind::object) return wrong(member->raw, "labels must be an object");
    auto read = labels(member->raw);
    if (!read) return read.error();
    out.labels = std::move(*read);
  }
  return out;
}

}  // namespace

Result<Documents> read_json_lines(std::string_view path, std::string_view text) {
  Documents out;
  std::set<std::string, std::less<>> ids;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    if (stripped(line).empty()) continue;
    if (out.size() >= kDocumentsMax) {
      return located(path, lines.number(), 0,
                     "more than " + std::to_string(kDocumentsMax) + " documents; split the file");
    }
    auto document = Reader(path, line, lines.number()).read();
    if (!document) return document.error();
    if (!ids.insert(document->name).second) {
      return located(path, lines.number(), 1, "the id \"" + document->name + "\" is there twice");
    }
    document->name = std::string(path) + "#" + document->name;
    if (document->title.empty()) document->title = document->name;
    out.push_back(std::move(*document));
  }
  return out;
}

}  // namespace headgate::agents::knowledge
