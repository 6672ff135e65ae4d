// An answer that no model has given, as the caller's dialect has it: plain or streamed, ended as
// usual, without usage. Pure but for the call it notes in.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/call.h"

namespace headgate::gateway {

struct OwnAnswer {
  std::string body;
  std::string_view content_type = "application/json";
  bool streamed = false;
};

/// Reads the caller's request where nobody has. Errors: what is wrong with it.
base::Result<OwnAnswer> own_answer(Call& call, const std::string& text);

}  // namespace headgate::gateway
