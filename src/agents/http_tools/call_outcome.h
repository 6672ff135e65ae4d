// What one call of a tool came to, wherever the tool is: a result, or the knowledge that nothing
// happened, or neither. The last is what a run must never guess about. A plain value.
#pragma once

#include <cstdint>
#include <string>

#include "agents/tools/tool.h"

namespace headgate::agents {

struct CallOutcome {
  enum class Kind : std::uint8_t {
    answered,      // `result` says what the tool said, success or failure
    not_happened,  // it was never sent, or refused before anything was done
    unknown,       // it was sent, and no answer came
  };
  Kind kind = Kind::answered;
  ToolResult result;
  std::string why;  // of the other two: a sentence
  int attempts = 0;
};

}  // namespace headgate::agents
