#include "storage/query/comparison_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/errc.h"
#include "base/text/strings.h"
#include "storage/query/literal.h"
#include "storage/text/words.h"

namespace headgate::storage::query {
namespace {

constexpr std::string_view kAttribute = "attr.";
constexpr std::size_t kListMax = 100;

bool orders(Type type) {
  return type == Type::count || type == Type::money || type == Type::duration || type == Type::time;
}

std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names;
  for (const FieldRow& row : all_fields()) names.push_back(row.name);
  return names;
}

std::optional<Field> field_named(std::string_view name) {
  if (name == "id") return Field::trace;
  for (const FieldRow& row : all_fields()) {
    if (row.name == name && row.field != Field::attribute) return row.field;
  }
  return std::nullopt;
}

bool attribute_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

std::string expected(Type type) {
  switch (type) {
    case Type::count: return "a number such as 1500 or 10k";
    case Type::money: return "dollars such as 0.01";
    case Type::duration: return "a duration such as 250ms, 2s, 5m or 1d";
    case Type::time: return "a time such as 2026-11-24 or 2026-11-24T10:15 (UTC)";
    case Type::flag: return "`true` or `false`";
    default: return "a value";
  }
}

std::optional<std::int64_t> number_of(Type type, std::string_view text) {
  switch (type) {
    case Type::count: return parse_count(text);
    case Type::money: return parse_money(text);
    case Type::duration: return parse_duration_us(text);
    case Type::time: return parse_time_us(text);
    case Type::flag:
      if (text == "true") return 1;
      if (text == "false") return 0;
      return std::nullopt;
    default: return std::nullopt;
  }
}

// `age < 5m` is `time > now - 5m`.
Op mirrored(Op op) {
  switch (op) {
    case Op::lt: return Op::gt;
    case Op::le: return Op::ge;
    case Op::gt: return Op::lt;
    case Op::ge: return Op::le;
    default: return op;
  }
}

std::string named(std::string_view before, std::string_view name, std::string_view after) {
  std::string out(before);
  out += base::json_string(name.substr(0, 80));
  out.append(after);
  return out;
}

}  // namespace

base::Result<Expression> ComparisonReader::run() {
  const auto field = read_field();
  if (!field) return field.error();
  if (next().kind == TokenKind::op) return read_compared();
  if (next().kind == TokenKind::word && base::iequals(next().text, "in")) return read_list();
  return read_flag();
}

base::Result<void> ComparisonReader::read_field() {
  const Token& token = next();
  if (token.kind != TokenKind::word) return fail("the name of a field is missing here");
  field_at_ = token.at;
  if (token.text.starts_with(kAttribute)) {
    field_ = Field::attribute;
    attribute_ = token.text.substr(kAttribute.size());
    if (!attribute_name(attribute_)) return fail("attr. is followed by an attribute's name");
    ++at_;
    return {};
  }
  const auto found = field_named(token.text);
  if (!found) {
    std::string what = named("there is no field ", token.text, "");
    const auto near = base::did_you_mean(std::string_view(token.text).substr(0, 80), field_names());
    what += near.empty() ? "; docs/traces.md lists them" : named("; did you mean ", near, "?");
    return fail(what);
  }
  field_ = *found;
  ++at_;
  return {};
}

base::Result<Expression> ComparisonReader::read_flag() {
  const Type type = row(field_).type;
  if (type == Type::flag || field_ == Field::error) {
    return Expression::of({field_, Op::eq, {{1, {}}}, {}});
  }
  return fail(
      named("", row(field_).name, " is compared with something: `= VALUE` is missing here"));
}

base::Result<Op> ComparisonReader::read_op(bool& negated) {
  const std::string op = next().text;
  negated = op.starts_with('!');
  const Op read = op == "=" || op == "!="   ? Op::eq
                  : op == "~" || op == "!~" ? Op::contains
                  : op == "<"               ? Op::lt
                  : op == "<="              ? Op::le
                  : op == ">"               ? Op::gt
                                            : Op::ge;
  const auto fits = check_op(read, op);
  if (!fits) return fits.error();
  ++at_;
  return read;
}

base::Result<void> ComparisonReader::check_op(Op op, std::string_view written) const {
  const Type type = row(field_).type;
  const bool ordering = op != Op::eq && op != Op::contains;
  std::string_view fit;
  if (type == Type::words && op != Op::contains) {
    fit = "`~` and `!~`, which look for words";
  } else if (field_ == Field::age && !ordering) {
    fit = "<, <=, > and >=";
  } else if (type == Type::text && ordering) {
    fit = "=, !=, ~, !~ and in";
  } else if (orders(type) && op == Op::contains) {
    fit = "=, !=, <, <=, >, >= and in";
  } else if (op != Op::eq && (type == Type::trace || type == Type::flag || type == Type::error)) {
    fit = "= and !=";
  }
  if (fit.empty()) return {};
  return fail(named("", row(field_).name, " takes ").append(fit) + ", not " + std::string(written));
}

base::Result<Expression> ComparisonReader::read_compared() {
  bool negated = false;
  const auto op = read_op(negated);
  if (!op) return op.error();
  auto value = read_value();
  if (!value) return value.error();
  auto made = meaning(*op, {std::move(*value)});
  if (!made || !negated) return made;
  return Expression::negated(std::move(*made));
}

base::Result<Expression> ComparisonReader::read_list() {
  const auto fits = check_op(Op::eq, "in");
  if (!fits) return fits.error();
  ++at_;
  if (next().kind != TokenKind::open) return fail("`(` is missing here");
  std::vector<Value> values;
  do {
    ++at_;
    auto value = read_value();
    if (!value) return value.error();
    values.push_back(std::move(*value));
    if (values.size() > kListMax) return fail("too many values");
  } while (next().kind == TokenKind::comma);
  if (next().kind != TokenKind::close) return fail("`,` or `)` is missing here");
  ++at_;
  return meaning(Op::eq, std::move(values));
}

// What fields that are no columns stand for.
base::Result<Expression> ComparisonReader::meaning(Op op, std::vector<Value> values) {
  if (field_ == Field::age) {
    values[0].number = now_unix_us_ - values[0].number;
    return Expression::of({Field::time, mirrored(op), std::move(values), {}});
  }
  if (row(field_).type != Type::error) {
    return Expression::of({field_, op, std::move(values), std::move(attribute_)});
  }
  Expression any;
  any.kind = Expression::Kind::any;
  for (Value& value : values) {
    const bool good = value.text.empty() && value.number == 0;
    Expression one = Expression::of({Field::error, Op::eq, {std::move(value)}, {}});
    if (good) one = Expression::negated(Expression::of({Field::error, Op::eq, {{1, {}}}, {}}));
    any.below.push_back(std::move(one));
  }
  return any.below.size() == 1 ? std::move(any.below.front()) : std::move(any);
}

base::Result<Value> ComparisonReader::read_value() {
  const Token& token = next();
  if (token.kind != TokenKind::word && token.kind != TokenKind::quoted) {
    return fail("a value is missing here");
  }
  auto value = value_of(token);
  if (value) ++at_;
  return value;
}

base::Result<Value> ComparisonReader::value_of(const Token& token) const {
  const Type type = row(field_).type;
  switch (type) {
    case Type::text: return Value{0, token.text};
    case Type::words: return words_of(token);
    case Type::trace: return trace_of(token);
    case Type::error: return error_of(token);
    default: break;
  }
  const auto number = number_of(type, token.text);
  if (!number) {
    const std::string what = named("", row(field_).name, " is compared with ") + expected(type);
    return error_at(text_, token.at, what + ", which this is not");
  }
  return Value{*number, {}};
}

base::Result<Value> ComparisonReader::words_of(const Token& token) const {
  if (text::phrase_of(token.text).words.empty()) {
    return error_at(text_, token.at, "there is no word in this to look for");
  }
  return Value{0, token.text};
}

base::Result<Value> ComparisonReader::trace_of(const Token& token) const {
  Value value{0, base::to_lower(token.text)};
  const bool hex = value.text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (value.text.empty() || value.text.size() > 32 || !hex) {
    return error_at(text_, token.at, "a trace id is up to 32 hexadecimal digits");
  }
  return value;
}

// 1 without text: any error. 0 without text: none.
base::Result<Value> ComparisonReader::error_of(const Token& token) const {
  if (field_ == Field::status && token.text == "ok") return Value{0, {}};
  if (field_ == Field::status && token.text == "error") return Value{1, {}};
  if (field_ == Field::error && token.text == "true") return Value{1, {}};
  if (field_ == Field::error && token.text == "false") return Value{0, {}};
  std::vector<std::string_view> names;
  if (field_ == Field::status) names = {"ok", "error"};
  for (std::size_t i = 0; i < base::kErrcCount; ++i) {
    names.push_back(base::row(static_cast<base::Errc>(i)).name);
  }
  if (std::find(names.begin(), names.end(), token.text) != names.end()) {
    return Value{0, token.text};
  }
  std::string what = named("there is no error named ", token.text, "");
  const auto near = base::did_you_mean(std::string_view(token.text).substr(0, 80), names);
  if (!near.empty()) what += named("; did you mean ", near, "?");
  return error_at(text_, token.at, what);
}

}  // namespace headgate::storage::query
