// The quarantined reader: a model that gets one text and a schema, without tools, history or the
// agent's prompt, and says values. What it says counts only as far as it is of the types. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/quarantine/config.h"
#include "agents/quarantine/result_types.h"

namespace headgate::agents {

struct ReaderAsk {
  const QuarantineConfig& config;
  const ResultTypes& types;
  std::string_view text;
};

bool is_cut(const ReaderAsk& ask);
/// In OpenAI's form.
std::string reader_request(const ReaderAsk& ask);

}  // namespace headgate::agents
