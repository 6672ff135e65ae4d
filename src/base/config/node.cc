#include "base/config/node.h"

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

}  // namespace

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
