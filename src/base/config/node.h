// A YAML document as a tree of plain values with the place of each in the file, and the way into
// it. Parsing bounds everything: file size, depth, nodes and bytes after aliases are expanded.
// Plain values, no shared state; a Cursor points into a tree and must not outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::base::config {

inline constexpr std::size_t kFileBytesMax = 1024 * 1024;
inline constexpr std::size_t kNodesMax = 50'000;
inline constexpr std::size_t kTextBytesMax = 8 * 1024 * 1024;

/// 1-based; columns count bytes, as compilers do.
struct Mark {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};

struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Kind kind = Kind::null;
  bool quoted = false;  // a scalar in quotes or a block scalar: always a string
  Mark mark;
  Mark key_mark;     // of an entry of a map
  std::string key;   // likewise; keys may repeat, the reader complains
  std::string text;  // of a scalar
  std::vector<Node> children;
};

/// Where something is said to be wrong: `path` as in `providers.openai.base_url`.
struct Place {
  Mark mark;
  std::string path;
};

/// A position in a document, which may be one that the file does not have: then present() is false
/// and the mark is that of the nearest thing around it.
class Cursor : public Place {
 public:
  explicit Cursor(const Node& root) : Place{root.mark, {}}, node_(&root) {}

  bool present() const { return node_ != nullptr; }
  /// REQUIRES: present().
  const Node& node() const { return *node_; }

  /// The first entry called `key`.
  Cursor operator[](std::string_view key) const;
  /// The child at `index` of a list or, with its key in the path, of a map.
  Cursor child(std::size_t index) const;
  std::size_t size() const { return node_ == nullptr ? 0 : node_->children.size(); }
  Place place() const { return {mark, path}; }
  /// The place of the key rather than of the value.
  Place key_place() const;

 private:
  Cursor(Place place, const Node* node) : Place(std::move(place)), node_(node) {}

  const Node* node_;
};

class Problems;

/// The one document in `text`. On a syntax error or a broken bound the problem is added and the
/// tree is an empty map.
Node parse_yaml(std::string_view text, Problems& problems);
/// The same of JSON, for bodies of requests; with no marks, since nobody looks them up.
Node parse_json(std::string_view text, Problems& problems);

}  // namespace headgate::base::config
