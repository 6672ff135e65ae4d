// What happens to an answer that came in one piece: noted for price and trace, and passed on as it
// came or written in the caller's dialect. Pure but for the attempt it notes in.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/call.h"

namespace headgate::gateway {

struct CarriedAnswer {
  bool rewritten = false;  // false: the bytes that came are the answer
  std::string body;
  std::string_view content_type = "application/json";
};

/// The events of a whole answer, in the caller's dialect: a caller who asked for a stream gets one.
std::string as_stream(const Attempt& attempt, const llm::chat::Answer& answer);

/// Errors: upstream_malformed; upstream_status or a nearer code, when a 200 carries an error.
base::Result<CarriedAnswer> carry_whole(Attempt& attempt, CallTools& tools, std::string_view body);

}  // namespace headgate::gateway
