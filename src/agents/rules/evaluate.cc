#include "agents/rules/evaluate.h"

#include <algorithm>

#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/text/strings.h"

namespace headgate::agents::rules {

namespace json = base::json;

namespace {

constexpr std::string_view kFact = "fact";

/// A value of the call, or of the rule, as it is compared.
struct Value {
  // `unclear`: what nobody can read for sure.
  enum class Kind : std::uint8_t { missing, text, number, boolean, list, object, unclear };
  Kind kind = Kind::missing;
  std::string text;
  std::optional<Decimal> number;
  bool boolean = false;
  std::string_view raw;           // of a list of the call
  const Operand* list = nullptr;  // of the rule
};

/// What a path leads to.
struct Found {
  enum class Kind : std::uint8_t {
    there,
    absent,   // nothing, or null
    unclear,  // nobody can tell: of a fact that is not there, or said twice
  };
  Kind kind = Kind::unclear;
  std::string_view raw;
};

// Two readers could take either of two members of one name, so neither is taken.
Found member_of(std::string_view object, std::string_view name) {
  json::Cursor cursor(object);
  json::Members members;
  if (cursor.kind() == json::Kind::null) return {Found::Kind::absent, {}};
  if (cursor.kind() != json::Kind::object || !members.read(cursor, object)) return {};
  Found out{Found::Kind::absent, {}};
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members.at(i).name != name) continue;
    if (out.kind == Found::Kind::there) return {};
    out = {Found::Kind::there, members.at(i).raw};
  }
  return out;
}

Found element_of(std::string_view array, std::string_view index) {
  const auto wanted = base::parse_u64(index);
  json::Cursor cursor(array);
  if (!wanted || !cursor.enter_array()) return {};
  for (std::uint64_t i = 0; cursor.next_element(); ++i) {
    if (!cursor.skip()) return {};
    if (i == *wanted) return {Found::Kind::there, cursor.value_text()};
  }
  return {cursor.ok() ? Found::Kind::absent : Found::Kind::unclear, {}};
}

Found step(std::string_view value, std::string_view name) {
  json::Cursor cursor(value);
  if (cursor.kind() == json::Kind::array) return element_of(value, name);
  return member_of(value, name);
}

Found find(const Path& path, const Roots& roots) {
  const bool is_fact = path.parts.front() == kFact;
  if (is_fact && path.parts.size() < 2) return {};
  const auto root = is_fact ? roots.fact(path.parts[1]) : roots.root(path.parts.front());
  if (!root) return {};
  Found at{Found::Kind::there, *root};
  for (std::size_t i = is_fact ? 2 : 1; at.kind == Found::Kind::there && i < path.parts.size();
       ++i) {
    at = step(at.raw, path.parts[i]);
  }
  return at;
}

Value value_of(std::string_view raw) {
  Value out;
  out.raw = raw;
  json::Cursor cursor(raw);
  json::Text text;
  out.kind = Value::Kind::unclear;
  switch (cursor.kind()) {
    case json::Kind::string:
      if (!cursor.string(text)) return out;
      out.kind = Value::Kind::text;
      out.text = text.decode();
      return out;
    case json::Kind::number:
      out.number = Decimal::parse(raw);
      if (out.number) out.kind = Value::Kind::number;
      return out;
    case json::Kind::boolean:
      if (cursor.boolean(out.boolean)) out.kind = Value::Kind::boolean;
      return out;
    case json::Kind::array: out.kind = Value::Kind::list; return out;
    case json::Kind::object: out.kind = Value::Kind::object; return out;
    case json::Kind::null: out.kind = Value::Kind::missing; return out;
    default: return out;
  }
}

Value value_of(const Operand& operand, const Roots& roots) {
  Value out;
  switch (operand.kind) {
    case Operand::Kind::path: {
      const Found found = find(operand.path, roots);
      if (found.kind == Found::Kind::there) return value_of(found.raw);
      if (found.kind == Found::Kind::unclear) out.kind = Value::Kind::unclear;
      return out;
    }
    case Operand::Kind::text:
      out.kind = Value::Kind::text;
      out.text = operand.text;
      return out;
    case Operand::Kind::number:
      out.kind = Value::Kind::number;
      out.number = operand.number;
      return out;
    case Operand::Kind::boolean:
      out.kind = Value::Kind::boolean;
      out.boolean = operand.boolean;
      return out;
    case Operand::Kind::list:
      out.kind = Value::Kind::list;
      out.list = &operand;
      return out;
    case Operand::Kind::null: break;
  }
  return out;
}

Truth of(bool value) { return value ? Truth::yes : Truth::no; }

Truth opposite(Truth truth) {
  if (truth == Truth::undecided) return truth;
  return of(truth == Truth::no);
}

Truth equal(const Value& a, const Value& b) {
  if (a.kind != b.kind) return Truth::undecided;
  switch (a.kind) {
    case Value::Kind::text: return of(a.text == b.text);
    case Value::Kind::number: return of(*a.number == *b.number);
    case Value::Kind::boolean: return of(a.boolean == b.boolean);
    default: return Truth::undecided;
  }
}

// Services write amounts as texts, too: "120.00".
std::optional<Decimal> number_of(const Value& value) {
  return value.kind == Value::Kind::text ? Decimal::parse(value.text) : value.number;
}

Truth ordered(Comparison comparison, const Value& left, const Value& right) {
  const auto a = number_of(left);
  const auto b = number_of(right);
  if (!a || !b) return Truth::undecided;
  switch (comparison) {
    case Comparison::less: return of(*a < *b);
    case Comparison::less_or_equal: return of(*a <= *b);
    case Comparison::greater: return of(*a > *b);
    default: return of(*a >= *b);
  }
}

// Elements of another type are other values, not mistakes.
bool holds(const Value& list, const Value& wanted, const Roots& roots) {
  if (list.list != nullptr) {
    return std::any_of(list.list->items.begin(), list.list->items.end(), [&](const auto& item) {
      return equal(value_of(item, roots), wanted) == Truth::yes;
    });
  }
  json::Cursor cursor(list.raw);
  cursor.enter_array();
  while (cursor.next_element()) {
    if (!cursor.skip()) return false;
    if (equal(value_of(cursor.value_text()), wanted) == Truth::yes) return true;
  }
  return false;
}

bool is_scalar(const Value& value) {
  return value.kind == Value::Kind::text || value.kind == Value::Kind::number ||
         value.kind == Value::Kind::boolean;
}

bool is_null(const Operand& operand) { return operand.kind == Operand::Kind::null; }

// Whether something is there is the one question that a missing value answers.
std::optional<Truth> presence(const Expression& of_two, const Value& left, const Value& right) {
  const bool asks = is_null(of_two.left) || is_null(of_two.right);
  const bool compares =
      of_two.comparison == Comparison::equal || of_two.comparison == Comparison::not_equal;
  if (!asks || !compares) return std::nullopt;
  const bool unclear = left.kind == Value::Kind::unclear || right.kind == Value::Kind::unclear;
  const bool both = left.kind == Value::Kind::missing && right.kind == Value::Kind::missing;
  if (unclear) return Truth::undecided;
  return of(both == (of_two.comparison == Comparison::equal));
}

Truth compare(const Expression& expression, const Roots& roots) {
  const Value left = value_of(expression.left, roots);
  if (expression.comparison == Comparison::is_true) {
    return left.kind == Value::Kind::boolean ? of(left.boolean) : Truth::undecided;
  }
  const Value right = value_of(expression.right, roots);
  if (const auto said = presence(expression, left, right)) return *said;
  switch (expression.comparison) {
    case Comparison::equal: return equal(left, right);
    case Comparison::not_equal: return opposite(equal(left, right));
    case Comparison::in:
      if (right.kind != Value::Kind::list || !is_scalar(left)) return Truth::undecided;
      return of(holds(right, left, roots));
    default: return ordered(expression.comparison, left, right);
  }
}

// `settles`: what one part is for the whole to be it.
Truth joined(const Expression& expression, const Roots& roots, Truth settles) {
  Truth out = opposite(settles);
  for (const Expression& part : expression.parts) {
    const Truth truth = evaluate(part, roots);
    if (truth == settles) return settles;
    if (truth == Truth::undecided) out = truth;
  }
  return out;
}

}  // namespace

Truth evaluate(const Expression& expression, const Roots& roots) {
  switch (expression.kind) {
    case Expression::Kind::any_of: return joined(expression, roots, Truth::yes);
    case Expression::Kind::all_of: return joined(expression, roots, Truth::no);
    case Expression::Kind::negation: return opposite(evaluate(expression.parts.front(), roots));
    case Expression::Kind::comparison: break;
  }
  return compare(expression, roots);
}

}  // namespace headgate::agents::rules
