// An expression as SQL over the head row `h` of a call in `spans`. Everything that came from
// outside is a bound parameter; the text is made of this program's own literals. Full-text terms
// become calls of the function kTextFunction, whose first argument numbers them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "storage/query/expression.h"

namespace headgate::storage::query {

/// kTextFunction(term, id, span count, log_segment, log_offset, log_bytes) → 0 or 1.
inline constexpr const char* kTextFunction = "headgate_text";

struct TextTerm {
  Field field{};  // text, input or output
  std::string value;
  friend bool operator==(const TextTerm&, const TextTerm&) = default;
};

struct Sql {
  using Parameter = std::variant<std::int64_t, std::string>;
  std::string condition;              // in parentheses; never NULL
  std::vector<Parameter> parameters;  // in the order of the question marks
  std::vector<TextTerm> texts;        // by number
};

Sql to_sql(const Expression& expression);

/// Whether a call has to have failed for `expression` to hold.
bool needs_error(const Expression& expression);
/// The full-text terms that must hold for `expression` to hold.
std::vector<TextTerm> needed_texts(const Expression& expression);

}  // namespace headgate::storage::query
