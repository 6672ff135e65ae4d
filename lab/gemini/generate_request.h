// Bodies for generateContent, streamGenerateContent and countTokens after the checks a real
// provider makes: what is wrong comes back as that provider's error. Pure; values own their text.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <string_view>

#include "lab/gemini/api_error.h"
#include "lab/gemini/proto.h"
#include "lab/neutral/prompt.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::gemini {

using PromptResult = boost::system::result<Prompt, ApiError>;
using BodyResult = boost::system::result<boost::json::value, ApiError>;

/// A body as one `message`: parsed, without violations. Always an object.
BodyResult read_body(std::string_view body, const Message& message);

/// `signed_calls` as contents.h has them.
PromptResult read_generate_request(std::string_view body, const RecentSet& signed_calls);
PromptResult read_count_request(std::string_view body, const RecentSet& signed_calls);

}  // namespace headgate::lab::gemini
