// Signatures of Gemini's parts: those of a function call hold for its name and arguments, those of
// text for any text. Pure functions.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace headgate::lab::gemini {

inline constexpr std::string_view kSignedText = "text";

/// What a call's signature is of: the same however its JSON is laid out.
std::string signed_call(std::string_view name, const boost::json::value& args);

/// One of the lab's, of `signed_part`; or one of the two words that Google documents for histories
/// of another model.
bool is_good_signature(std::string_view signature, std::string_view signed_part);

}  // namespace headgate::lab::gemini
