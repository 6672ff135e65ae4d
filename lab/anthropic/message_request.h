// A body for POST /v1/messages or /v1/messages/count_tokens after the checks a real provider makes:
// the first thing wrong with it comes back as that provider's error. Pure; values own their text.
#pragma once

#include <boost/system/result.hpp>

#include <string_view>

#include "lab/anthropic/api_error.h"
#include "lab/neutral/prompt.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::anthropic {

struct RequestRules {
  bool is_2026 = false;            // anthropic-version is 2026-10-21
  bool count_only = false;         // /v1/messages/count_tokens
  bool beta = false;               // some anthropic-beta is switched on
  const RecentSet& thought_calls;  // as messages.h has it
};

using MessageRequestResult = boost::system::result<Prompt, ApiError>;

MessageRequestResult read_message_request(std::string_view body, const RequestRules& rules);

}  // namespace headgate::lab::anthropic
