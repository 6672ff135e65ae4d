// A rule as a value: what parse() makes of `fact.order.user_id == principal.user` and evaluate()
// decides. Immutable once made; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agents/rules/decimal.h"

namespace headgate::agents::rules {

/// `fact.order.user_id`: a root and what to take of it. `at`: its place in the text.
struct Path {
  std::vector<std::string> parts;
  std::size_t at = 0;

  std::string text() const;
};

struct Operand {
  enum class Kind : std::uint8_t { path, text, number, boolean, null, list };
  Kind kind = Kind::null;
  Path path;
  std::string text;
  Decimal number;
  bool boolean = false;
  std::vector<Operand> items;  // of a list: none of them paths or lists
  std::size_t at = 0;
};

enum class Comparison : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  in,
  is_true,  // of the left operand alone
};

struct Expression {
  enum class Kind : std::uint8_t { any_of, all_of, negation, comparison };
  Kind kind = Kind::comparison;
  std::vector<Expression> parts;  // of the first three
  Comparison comparison = Comparison::is_true;
  Operand left;
  Operand right;
};

/// Every path in it, in the order of the text.
std::vector<const Path*> paths_of(const Expression& expression);

}  // namespace headgate::agents::rules
