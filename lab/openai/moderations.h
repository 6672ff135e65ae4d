// POST /v1/moderations: the request as strictly as the provider reads it, and a verdict by words
// that a script may choose. Thirteen categories; six of them look at images too, of which the lab
// knows the address only. Pure functions; the same text always gets the same scores.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/openai/api_error.h"
#include "lab/script/script.h"

namespace headgate::lab::openai {

/// All thirteen, by name.
std::vector<std::string_view> moderation_categories();

/// What one verdict is about.
struct ModerationInput {
  std::string text;  // text parts joined by newlines
  std::vector<std::string> images;
  bool has_text = false;
};

struct ModerationRequest {
  std::string model;
  std::vector<ModerationInput> inputs;
};

using ModerationRequestResult = boost::system::result<ModerationRequest, ApiError>;

/// Bytes to request. `script` may serve more models than the provider's four.
ModerationRequestResult read_moderation_request(std::string_view body, const Script& script);
/// What rules see of it: the inputs as one user message.
Prompt moderation_prompt(const ModerationRequest& request);
std::string moderation_body(const ModerationRequest& request, const Script& script,
                            std::string_view id);

/// {"flagged":…,"categories":…,"category_scores":…,"category_applied_input_types":…}
std::string moderation_result(const ModerationInput& input, std::string_view model,
                              const Script& script);

}  // namespace headgate::lab::openai
