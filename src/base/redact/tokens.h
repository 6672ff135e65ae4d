// The table of credential formats that announce themselves by a literal, and the check that what
// follows the literal has the shape. Pure. Internal to base/redact.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/redact/span.h"

namespace headgate::base::redact {

enum class Shape : std::uint8_t { token, jwt, private_key, bearer, url_password };

enum class Alphabet : std::uint8_t { alnum, upper, hex, word, base64url, base64, path, sendgrid };

struct TokenRule {
  std::string_view literal;
  std::string_view kind;
  Shape shape = Shape::token;
  Alphabet alphabet = Alphabet::alnum;  // of the part behind the literal, for Shape::token
  std::size_t chars_min = 0;
  std::size_t chars_max = 0;  // longer: another thing
  bool random = false;  // must look like random text: a digit, and 16 letters or digits in a row
};

std::span<const TokenRule> token_rules();
/// Literals are compared without case for these.
constexpr bool is_caseless(const TokenRule& rule) { return rule.shape == Shape::bearer; }

/// The secret whose literal ends at `literal_end`; nothing when it only looks alike.
std::optional<Span> match_token(std::string_view text, const TokenRule& rule,
                                std::size_t literal_end);

}  // namespace headgate::base::redact
