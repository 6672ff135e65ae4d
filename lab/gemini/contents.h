// The `contents` of a request, with the rules that tie them together: whose turn it is, function
// calls and their responses, signatures of thoughts. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "lab/gemini/api_error.h"
#include "lab/neutral/prompt.h"
#include "lab/neutral/recent_set.h"

namespace headgate::lab::gemini {

/// Adds messages, tokens and text for the prompt cache to `out`, or says what is wrong first.
/// `signed_calls`: those that the lab gave a signature with, as call_signature.h writes them.
/// REQUIRES: `request` has been checked by its Message.
Problem read_contents(const boost::json::object& request, std::string_view request_type,
                      const RecentSet& signed_calls, Prompt& out);
/// The same for `system_instruction`.
Problem read_system(const boost::json::object& request, Prompt& out);

/// A text part or the texts of all parts of a Content, by lines.
std::string text_of(const boost::json::object& content);

/// "* GenerateContentRequest.contents: says\n"
Problem invalid(std::string_view path, std::string_view says);

}  // namespace headgate::lab::gemini
