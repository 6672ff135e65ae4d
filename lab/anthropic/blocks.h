// One content block of a message, checked by its kind: text, image, document, tool use, tool
// result, thinking. Which kinds may stand where, and how blocks belong together, is messages.h's.
// Pure.
#pragma once

#include <string>

#include "lab/anthropic/cache_control.h"
#include "lab/anthropic/node.h"

namespace headgate::lab::anthropic {

struct Block {
  std::string kind;  // "text", "tool_use" and so on
  std::string text;  // what rules look at
  std::string id;    // of a tool_use; of the tool_use that a tool_result answers
  std::string path;  // where it stands
  CacheBlock cache;
};

/// Who says it.
enum class Speaker { user, assistant, system, tool };

/// `is_2026`: by the rules of version 2026-10-21. What is wrong with the block is noted at `node`.
Block read_block(const Node& node, Speaker speaker, bool is_2026, CacheMarks& marks);
/// A text that stands for a list with one text block in it.
Block text_block(const std::string& text, Speaker speaker);

}  // namespace headgate::lab::anthropic
