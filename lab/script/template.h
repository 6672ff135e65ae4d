// The two small pattern languages of lab scripts, pure functions. Templates: "{{name}}" in an
// answer is replaced by a captured value or a built-in (last_user, model, turn). Patterns of
// captures: literal text with {digits}, {word} (letters, digits, '-', '_') or {line} (to the end of
// the line) in it.
#pragma once

#include <boost/json/value.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::lab {

using Lookup = std::function<std::string(std::string_view name)>;

std::string expand(std::string_view text, const Lookup& lookup);
/// The same in every string of `value`, keys excepted.
boost::json::value expand_all(const boost::json::value& value, const Lookup& lookup);
/// Names that `text` refers to, in order.
std::vector<std::string> template_names(std::string_view text);

/// The first place in the first 16 KiB of `text` that fits `pattern`; nothing when there is none.
std::optional<std::string> find_pattern(std::string_view pattern, std::string_view text);
/// Why `pattern` cannot be used; empty when it can.
std::string pattern_problem(std::string_view pattern);

/// '*' and '?' as in shells, over the whole text.
bool glob_match(std::string_view glob, std::string_view text);
bool contains_nocase(std::string_view text, std::string_view part);

}  // namespace headgate::lab
