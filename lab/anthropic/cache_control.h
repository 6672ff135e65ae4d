// The cache_control marks of a request: at most four, long-lived ones before short-lived ones, in
// the order tools, system, messages. One object reads all marks of one request in that order. Pure.
#pragma once

#include "lab/anthropic/node.h"
#include "lab/neutral/prompt.h"

namespace headgate::lab::anthropic {

class CacheMarks {
 public:
  /// Reads the mark of the block at `node`, if it has one, into `block`.
  void read(const Node& node, CacheBlock& block);
  /// After the last one: notes when there were too many.
  void finish(const Node& root) const;

 private:
  int count_ = 0;
  bool short_lived_ = false;  // one of them was seen
};

/// The block as the cache compares it: `node`'s JSON without its mark, after `prefix`.
std::string cache_text_of(const Node& node, std::string_view prefix);

}  // namespace headgate::lab::anthropic
