// What a request offers the model and demands of its output: `tools`, `tool_choice`,
// `output_config`. Pure.
#pragma once

#include "lab/anthropic/cache_control.h"
#include "lab/anthropic/node.h"
#include "lab/neutral/prompt.h"

namespace headgate::lab::anthropic {

/// Adds the tools, their tokens and cache blocks to `out`.
void read_tools(const Node& tools, CacheMarks& marks, Prompt& out);
/// REQUIRES: the tools have been read.
void read_tool_choice(const Node& choice, Prompt& out);
void read_output_config(const Node& config, Prompt& out);

}  // namespace headgate::lab::anthropic
