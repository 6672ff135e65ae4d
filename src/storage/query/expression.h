// A filter over calls as a value: what `cost > 0.01 and tool = "get_order" and error` says, checked
// and with every unit resolved, so that numbers are microseconds, picodollars or counts. The parser
// makes it; the compiler, the block filter and the evaluator read it, and all give the same answer.
// Two-valued: a comparison with something that a call does not have is false, its negation true.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace headgate::storage::query {

enum class Field : std::uint8_t;  // fields.h

enum class Op : std::uint8_t { eq, lt, le, gt, ge, contains };

struct Value {
  std::int64_t number = 0;
  std::string text;
  friend bool operator==(const Value&, const Value&) = default;
};

struct Comparison {
  Field field{};
  Op op = Op::eq;
  std::vector<Value> values;  // more than one: any of them, with Op::eq
  std::string attribute;      // of Field::attribute: its name
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

struct Expression {
  enum class Kind : std::uint8_t { all, any, no, comparison };
  Kind kind = Kind::all;          // of nothing: every call
  std::vector<Expression> below;  // of `no`: one
  Comparison comparison;

  static Expression of(Comparison comparison) {
    Expression made;
    made.kind = Kind::comparison;
    made.comparison = std::move(comparison);
    return made;
  }
  static Expression negated(Expression expression) {
    Expression made;
    made.kind = Kind::no;
    made.below.push_back(std::move(expression));
    return made;
  }
  /// Both must hold.
  static Expression both(Expression left, Expression right) {
    if (left.kind == Kind::all && left.below.empty()) return right;
    if (right.kind == Kind::all && right.below.empty()) return left;
    Expression made;
    made.below.push_back(std::move(left));
    made.below.push_back(std::move(right));
    return made;
  }
  friend bool operator==(const Expression&, const Expression&) = default;
};

}  // namespace headgate::storage::query
