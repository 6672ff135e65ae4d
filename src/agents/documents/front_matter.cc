#include "agents/documents/front_matter.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agents/documents/text.h"
#include "base/config/node.h"
#include "base/config/problem.h"
#include "base/text/strings.h"

namespace headgate::agents::knowledge {
namespace {

using base::Error;
using base::Result;
using base::config::Node;

constexpr std::array<std::string_view, 3> kKeys{"title", "tenant", "labels"};

bool is_fence(std::string_view line) { return stripped(line) == "---" && line.starts_with("---"); }

class Reader {
 public:
  Reader(std::string_view path, FrontMatter& out) : path_(path), out_(out) {}

  Result<void> read(const Node& root);

 private:
  // Marks count from the line behind the first fence.
  Error wrong(const base::config::Mark& mark, std::string_view what) const {
    return located(path_, static_cast<std::size_t>(mark.line) + 1,
                   static_cast<std::size_t>(mark.column), what);
  }
  Result<void> name(const Node& node, std::string_view kind, std::string& out) const;
  Result<void> labels(const Node& node);
  Result<void> label(const std::string& key, const Node& value);

  std::string_view path_;
  FrontMatter& out_;
};

Result<void> Reader::name(const Node& node, std::string_view kind, std::string& out) const {
  if (node.kind != Node::Kind::scalar && node.kind != Node::Kind::null) {
    return wrong(node.mark, std::string(kind) + " is one name");
  }
  const std::string_view text = stripped(node.text);
  const std::string problem = name_problem(kind, text);
  if (!problem.empty()) return wrong(node.mark, problem);
  out = text;
  return {};
}

Result<void> Reader::label(const std::string& key, const Node& value) {
  const std::string problem = name_problem("a label's key", key);
  if (!problem.empty()) return wrong(value.key_mark, problem);
  if (out_.labels.size() >= kLabelsMax) {
    return wrong(value.mark, "more than " + std::to_string(kLabelsMax) + " labels");
  }
  std::string text;
  const auto read = name(value, "a label's value", text);
  if (!read) return read.error();
  out_.labels.emplace_back(key, std::move(text));
  return {};
}

Result<void> Reader::labels(const Node& node) {
  if (node.kind != Node::Kind::map) {
    return wrong(node.mark, "labels are keys with a value or a list of values each");
  }
  for (const Node& entry : node.children) {
    const bool many = entry.kind == Node::Kind::list;
    for (const Node& value : many ? entry.children : std::vector<Node>{entry}) {
      const auto read = label(entry.key, value);
      if (!read) return read.error();
    }
  }
  return {};
}

Result<void> Reader::read(const Node& root) {
  if (root.kind == Node::Kind::null) return {};
  if (root.kind != Node::Kind::map) return wrong(root.mark, "front matter is keys with values");
  std::vector<std::string_view> seen;
  for (const Node& entry : root.children) {
    if (const auto meant = nearly_reserved(entry.key); !meant.empty()) {
      return wrong(entry.key_mark, "\"" + entry.key + "\" was perhaps meant to be \"" +
                                       std::string(meant) + "\"; if not, give it another name");
    }
    if (std::find(kKeys.begin(), kKeys.end(), entry.key) == kKeys.end()) continue;
    if (std::find(seen.begin(), seen.end(), entry.key) != seen.end()) {
      return wrong(entry.key_mark, entry.key + " is given twice");
    }
    seen.push_back(entry.key);
    const auto read = entry.key == "labels"   ? labels(entry)
                      : entry.key == "tenant" ? name(entry, "tenant", out_.tenant)
                                              : name(entry, "title", out_.title);
    if (!read) return read.error();
  }
  tidy(out_.labels);
  return {};
}

// Behind the second fence; nothing: there is none.
std::optional<std::size_t> end_of(std::string_view text) {
  Lines lines(text);
  std::string_view line;
  lines.next(line);
  while (lines.next(line)) {
    if (!is_fence(line)) continue;
    const auto end = static_cast<std::size_t>(line.data() + line.size() - text.data());
    return std::min(end + 1, text.size());
  }
  return std::nullopt;
}

}  // namespace

std::string_view nearly_reserved(std::string_view key) {
  constexpr std::size_t kLongest = 12;  // edit distance is quadratic
  if (key.size() > kLongest || key.size() < 4) return {};
  const std::string small = base::to_lower(key);
  for (const std::string_view reserved : {kKeys[1], kKeys[2]}) {
    if (key == reserved) return {};
    if (small == reserved) return reserved;
    const std::array<std::string_view, 1> one{reserved};
    if (!base::did_you_mean(small, one).empty()) return reserved;
  }
  return {};
}

Result<FrontMatter> read_front_matter(std::string_view path, std::string_view text) {
  FrontMatter out;
  std::string_view first;
  if (!Lines(text).next(first) || !is_fence(first)) return out;
  const auto end = end_of(text);
  if (!end) return located(path, 1, 1, "front matter that no second line of --- ends");
  const std::string_view yaml = text.substr(first.size() + 1, *end - first.size() - 1);
  const auto fence = yaml.rfind("---");
  out.bytes = *end;
  if (stripped(yaml.substr(0, fence)).empty()) return out;
  base::config::Problems problems;
  const Node root = base::config::parse_yaml(yaml.substr(0, fence), problems);
  if (!problems.empty()) {
    const auto& problem = problems[0];
    return located(path, static_cast<std::size_t>(problem.at.mark.line) + 1,
                   static_cast<std::size_t>(problem.at.mark.column),
                   "front matter: " + problem.what);
  }
  const auto read = Reader(path, out).read(root);
  if (!read) return read.error();
  return out;
}

}  // namespace headgate::agents::knowledge
