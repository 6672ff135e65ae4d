// What a model is told of a tool's result, and whose word that is: the text itself with its label,
// or, where the agent is quarantined and the tool not trusted, the typed values and a reference,
// and nothing of the text. Errors are text of the same origin. What a call with tainted arguments
// brings is nobody's word, whichever tool it is. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/definitions/pinned.h"
#include "agents/journal/entry.h"
#include "agents/quarantine/result_types.h"

namespace headgate::agents {

struct SaidByTool {
  const PinnedTool& tool;
  const CallState& call;
  std::string_view text;
  bool is_error = false;
};

/// `quarantined`: the agent that has the word is. What only the reader can find is not there yet
/// (ToolWords::wants_reader).
ToolWords words_of_result(const SaidByTool& said, bool quarantined);

/// What the reader has made of a withheld text.
struct ReaderResult {
  std::string answer;    // JSON; empty: it gave none
  bool was_cut = false;  // it has not seen all of the text
};
ToolWords words_of_reading(const SaidByTool& said, const ReaderResult& result);

}  // namespace headgate::agents
