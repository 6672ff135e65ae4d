#include "llm/gemini_wire/partial_args.h"

#include <algorithm>
#include <optional>

#include "base/text/strings.h"
#include "llm/gemini_wire/reading.h"

namespace headgate::llm::gemini {

using base::Errc;

struct PartialArgs::Piece {
  std::string path;
  std::optional<std::string> string;
  std::string other;  // a number, a boolean or null, as JSON

  bool read(Reading& reading);
};

bool PartialArgs::Piece::read(Reading& reading) {
  if (!reading.enter()) return false;
  std::string_view name;
  bool value = false;
  while (reading.member(name)) {
    if (name == "jsonPath") {
      reading.string(path);
    } else if (name == "stringValue") {
      reading.string(string.emplace());
    } else if (name == "numberValue") {
      reading.number(other);
    } else if (name == "boolValue") {
      if (reading.boolean(value)) other = value ? "true" : "false";
    } else if (name == "nullValue") {
      if (reading.cursor.skip()) other = "null";
    }
  }
  return !reading.failed();
}

namespace {

constexpr std::string_view kContradiction = "two pieces of arguments that contradict each other";

// One step of a path: a member's name or an element's index.
struct PathStep {
  std::string name;
  std::optional<std::size_t> index;
};

// Takes the steps of "$.a['b c'][0]" one after the other.
class Path {
 public:
  explicit Path(std::string_view text) : rest_(text) {
    if (rest_.starts_with('$')) rest_.remove_prefix(1);
  }
  bool done() const { return rest_.empty(); }
  /// False when the rest is no path.
  bool next(PathStep& step) {
    if (rest_[0] == '[') return bracket(step);
    if (rest_[0] != '.') return false;
    rest_.remove_prefix(1);
    const std::size_t end = std::min(rest_.find_first_of(".["), rest_.size());
    step.name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return end > 0 && (rest_.empty() || rest_[0] == '.' || rest_[0] == '[');
  }

 private:
  bool bracket(PathStep& step) {
    rest_.remove_prefix(1);
    if (rest_.empty()) return false;
    const char quote = rest_[0];
    const bool quoted = quote == '\'' || quote == '"';
    if (quoted) {
      rest_.remove_prefix(1);
      while (!rest_.empty() && rest_[0] != quote) {
        if (rest_[0] == '\\') rest_.remove_prefix(1);
        if (rest_.empty()) return false;
        step.name += rest_[0];
        rest_.remove_prefix(1);
      }
      if (rest_.empty()) return false;
      rest_.remove_prefix(1);
    }
    const std::size_t end = rest_.find(']');
    if (end == std::string_view::npos || (quoted && end != 0)) return false;
    if (!quoted) step.index = base::parse_u64(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return quoted || step.index.has_value();
  }

  std::string_view rest_;
};

}  // namespace

base::Result<void> PartialArgs::add(std::string_view json) {
  bytes_ += json.size();
  if (bytes_ > limits_.held_bytes_max) {
    return base::fail(Errc::upstream_too_large, "the streamed arguments of a call are too long");
  }
  Reading reading(json, limits_, Errc::upstream_malformed);
  reading.each("partialArgs", limits_.parts_max, [&] {
    Piece piece;
    if (!piece.read(reading)) return false;
    const std::string_view wrong = put(piece);
    return wrong.empty() || reading.reject(std::string(wrong));
  });
  if (!reading.finish()) return reading.error();
  return {};
}

std::string_view PartialArgs::put(const Piece& piece) {
  constexpr std::string_view kNoPath = "a piece of arguments whose path is none";
  Node* node = &root_;
  Path path(piece.path);
  if (path.done()) return kNoPath;
  for (std::size_t depth = 1; !path.done(); ++depth) {
    PathStep step;
    if (!path.next(step) || depth == limits_.depth_max) return kNoPath;
    const Kind kind = step.index ? Kind::array : Kind::object;
    if (node->kind == Kind::unset) node->kind = kind;
    if (node->kind != kind) return kContradiction;
    auto& members = node->members;
    // Elements come in order; to fill a hole would be to guess.
    if (step.index && *step.index > members.size()) return "a piece of arguments out of order";
    const std::size_t place =
        step.index ? *step.index
                   : static_cast<std::size_t>(
                         std::find_if(members.begin(), members.end(),
                                      [&](const Node& n) { return n.name == step.name; }) -
                         members.begin());
    if (place == members.size()) members.push_back({Kind::unset, step.name, {}, {}});
    node = &members[place];
  }
  return set(*node, piece);
}

std::string_view PartialArgs::set(Node& node, const Piece& piece) {
  if (piece.string) {
    if (node.kind == Kind::unset) node.kind = Kind::string;
    if (node.kind != Kind::string) return kContradiction;
    node.text += *piece.string;
  } else if (!piece.other.empty()) {
    if (node.kind != Kind::unset) return kContradiction;
    node.kind = Kind::other;
    node.text = piece.other;
  }
  return {};
}

std::string PartialArgs::json() const {
  std::string out;
  write(root_, out);
  return out;
}

void PartialArgs::write(const Node& node, std::string& out) {
  switch (node.kind) {
    case Kind::unset: out += "null"; return;
    case Kind::string: base::append_json_string(out, node.text); return;
    case Kind::other: out += node.text; return;
    case Kind::array:
    case Kind::object: break;
  }
  const bool is_object = node.kind == Kind::object;
  out += is_object ? '{' : '[';
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (i > 0) out += ',';
    if (is_object) {
      base::append_json_string(out, node.members[i].name);
      out += ':';
    }
    write(node.members[i], out);
  }
  out += is_object ? '}' : ']';
}

}  // namespace headgate::llm::gemini
