// The arguments of one function call, put together from the pieces that Gemini streams: each names
// a place by a JSON path ("$.order.items[0].sku") and holds a value, or a piece of a string that
// goes on. Owned by a stream reader, one per call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/chat/codec.h"

namespace headgate::llm::gemini {

class PartialArgs {
 public:
  explicit PartialArgs(const chat::Limits& limits) : limits_(limits) {}

  /// `json` is an array of pieces, or one. Errors: upstream_malformed (a path that is none, or that
  /// contradicts an earlier one), upstream_too_large.
  base::Result<void> add(std::string_view json);

  bool empty() const { return root_.members.empty(); }
  std::string json() const;

 private:
  enum class Kind : std::uint8_t { unset, object, array, string, other };
  struct Node {
    Kind kind = Kind::unset;
    std::string name;  // of a member
    std::string text;  // of a string; of another value its JSON
    std::vector<Node> members;
  };
  struct Piece;
  // Each says what is wrong; empty: nothing.
  std::string_view put(const Piece& piece);
  static std::string_view set(Node& node, const Piece& piece);
  static void write(const Node& node, std::string& out);

  chat::Limits limits_;
  Node root_{Kind::object, {}, {}, {}};
  std::size_t bytes_ = 0;
};

}  // namespace headgate::llm::gemini
