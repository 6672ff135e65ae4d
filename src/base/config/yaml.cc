#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/config/node.h"
#include "base/config/problem.h"

namespace headgate::base::config {
namespace {

Mark to_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// Builds the tree from yaml-cpp's events. An alias becomes a copy of what it names, paid for out of
// one budget, so a few bytes of YAML cannot become gigabytes.
class Builder final : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw YAML::ParserException(mark, "only one YAML document is expected");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    spend(mark, 1, 0);
    Node node;
    node.mark = to_mark(mark);
    add(mark, std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw YAML::ParserException(mark, "an alias inside its own anchor");
    spend(mark, found->second);
    add(mark, Node(found->second), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    spend(mark, 1, value.size());
    Node node;
    node.kind = Node::Kind::scalar;
    node.quoted = tag == "!";
    node.mark = to_mark(mark);
    node.text = value;
    if (!node.quoted) refuse_tag(mark, tag);
    add(mark, std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    std::string key;
    Mark key_mark;
  };

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?") throw YAML::ParserException(mark, "tags have no use here");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_tag(mark, tag);
    spend(mark, 1, 0);
    Frame frame;
    frame.node.kind = kind;
    frame.node.mark = to_mark(mark);
    frame.mark = mark;
    frame.anchor = anchor;
    stack_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    add(frame.mark, std::move(frame.node), frame.anchor);
  }

  void add(const YAML::Mark& mark, Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      spend(mark, node);
      anchors_[anchor] = node;
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& top = stack_.back();
    if (top.node.kind == Node::Kind::map && !top.has_key) {
      take_key(mark, node, top);
      return;
    }
    if (top.has_key) {
      node.key = std::move(top.key);
      node.key_mark = top.key_mark;
      // yaml-cpp puts a value that is not there at the next token; its key is what the reader sees.
      if (node.kind == Node::Kind::null) node.mark = top.key_mark;
      top.has_key = false;
    }
    top.node.children.push_back(std::move(node));
  }

  static void take_key(const YAML::Mark& mark, Node& node, Frame& frame) {
    if (node.kind != Node::Kind::scalar || node.text.empty()) {
      throw YAML::ParserException(mark, "a key must be a name");
    }
    if (node.text == "<<" && !node.quoted) {
      throw YAML::ParserException(mark, "merge keys (<<) are not understood; write the keys out");
    }
    frame.key = std::move(node.text);
    frame.key_mark = to_mark(mark);
    frame.has_key = true;
  }

  void spend(const YAML::Mark& mark, std::size_t nodes, std::size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > kNodesMax) throw YAML::ParserException(mark, "more than 50000 values");
    if (bytes_ > kTextBytesMax) throw YAML::ParserException(mark, "more than 8 MiB of text");
  }
  void spend(const YAML::Mark& mark, const Node& node) {
    spend(mark, 1, node.text.size() + node.key.size());
    for (const Node& child : node.children) spend(mark, child);
  }

  Node root_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
  int documents_ = 0;
};

Node empty_map() {
  Node node;
  node.kind = Node::Kind::map;
  return node;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7F;
}

// yaml-cpp would guess another encoding or put in replacement characters; a configuration is UTF-8.
bool is_text(std::string_view text, Problems& problems) {
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::string_view rest = text.substr(at, text.find('\n', at) - at);
    const auto control = std::find_if(rest.begin(), rest.end(), is_control);
    if (control != rest.end()) {
      problems.add({{line, static_cast<int>(control - rest.begin()) + 1}, {}},
                   "a control character");
      return false;
    }
    if (!simdjson::validate_utf8(rest.data(), rest.size())) {
      problems.add({{line, 1}, {}}, "this line is not UTF-8");
      return false;
    }
    at += rest.size() + 1;
  }
  return true;
}

// yaml-cpp speaks of its grammar; these of its messages are what most slips end in.
std::string explain(const std::string& message) {
  if (message == "bad file") return "YAML: nested too deeply";
  if (message == "illegal map value") {
    return "YAML: a \":\" where none can be; check the indentation (blanks, no tabs), or put the "
           "value in quotes";
  }
  if (message == "end of map not found") {
    return "YAML: the indentation of this line fits no level above it";
  }
  return "YAML: " + message;
}

}  // namespace

Node parse_yaml(std::string_view text, Problems& problems) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.size() > kFileBytesMax) {
    problems.add({}, "the file is larger than 1 MiB");
    return empty_map();
  }
  if (!is_text(text, problems)) return empty_map();
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    Node root = builder.take();
    return root.kind == Node::Kind::null ? empty_map() : root;
  } catch (const YAML::Exception& error) {
    problems.add({to_mark(error.mark), {}}, explain(error.msg));
    return empty_map();
  }
}

}  // namespace headgate::base::config
