#include "base/config/node.h"

#include <utility>

#include "base/config/problem.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"

namespace headgate::base::config {
namespace {

bool is_bare(std::string_view key) {
  for (const char c : key) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-';
    if (!ok) return false;
  }
  return !key.empty();
}

// providers.openai, but models["gpt-4.1"]: a dot in a name must not look like a level.
std::string extend(const std::string& path, std::string_view key) {
  constexpr std::size_t kKeyShownMax = 80;
  if (!is_bare(key) || key.size() > kKeyShownMax) {
    return path + "[" + json_string(key.substr(0, kKeyShownMax)) + "]";
  }
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

// A tree of the JSON that a cursor reads. False: it is not JSON, or has more values than may be.
class JsonTree {
 public:
  explicit JsonTree(std::string_view text) : cursor_(text, kDepthMax) {}

  bool read(Node& out) { return value(out) && cursor_.finish(); }
  std::string why() const {
    return nodes_ > kNodesMax ? "too many values" : cursor_.error().detail;
  }

 private:
  static constexpr std::size_t kDepthMax = 32;

  bool value(Node& out) {
    if (++nodes_ > kNodesMax) return false;
    switch (cursor_.kind()) {
      case json::Kind::object: return object(out);
      case json::Kind::array: return array(out);
      case json::Kind::string: return string(out);
      case json::Kind::null: return cursor_.null();
      default: return scalar(out);
    }
  }
  bool object(Node& out) {
    out.kind = Node::Kind::map;
    std::string_view key;
    if (!cursor_.enter_object()) return false;
    while (cursor_.next_key(key)) {
      Node& child = out.children.emplace_back();
      child.key = cursor_.key_decoded();
      if (!value(child)) return false;
    }
    return cursor_.ok();
  }
  bool array(Node& out) {
    out.kind = Node::Kind::list;
    if (!cursor_.enter_array()) return false;
    while (cursor_.next_element()) {
      if (!value(out.children.emplace_back())) return false;
    }
    return cursor_.ok();
  }
  bool string(Node& out) {
    json::Text text;
    if (!cursor_.string(text)) return false;
    out.kind = Node::Kind::scalar;
    out.quoted = true;
    out.text = text.decode();
    return true;
  }
  bool scalar(Node& out) {
    out.kind = Node::Kind::scalar;
    const bool read = cursor_.skip();
    out.text = cursor_.value_text();
    return read;
  }

  json::Cursor cursor_;
  std::size_t nodes_ = 0;
};

}  // namespace

Node parse_json(std::string_view text, Problems& problems) {
  Node out;
  JsonTree tree(text);
  if (text.size() <= kFileBytesMax && tree.read(out)) return out;
  problems.add({}, text.size() <= kFileBytesMax ? tree.why() : "too long");
  Node empty;
  empty.kind = Node::Kind::map;
  return empty;
}

Cursor Cursor::operator[](std::string_view key) const {
  if (node_ != nullptr && node_->kind == Node::Kind::map) {
    for (std::size_t i = 0; i < node_->children.size(); ++i) {
      if (node_->children[i].key == key) return child(i);
    }
  }
  return Cursor({mark, extend(path, key)}, nullptr);
}

Cursor Cursor::child(std::size_t index) const {
  const std::string numbered = path + "[" + std::to_string(index) + "]";
  if (index >= size()) return Cursor({mark, numbered}, nullptr);
  const Node& node = node_->children[index];
  const bool in_map = node_->kind == Node::Kind::map;
  return Cursor({node.mark, in_map ? extend(path, node.key) : numbered}, &node);
}

Place Cursor::key_place() const {
  return {node_ != nullptr && !node_->key.empty() ? node_->key_mark : mark, path};
}

}  // namespace headgate::base::config
