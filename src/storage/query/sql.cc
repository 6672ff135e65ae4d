#include "storage/query/sql.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/text/strings.h"
#include "storage/query/fields.h"

namespace headgate::storage::query {
namespace {

constexpr std::string_view kAnySpan =
    "EXISTS (SELECT 1 FROM spans AS c WHERE c.id BETWEEN h.id AND h.id + h.span_count - 1 AND ";

std::string_view symbol(Op op) {
  switch (op) {
    case Op::lt: return " < ?";
    case Op::le: return " <= ?";
    case Op::gt: return " > ?";
    case Op::ge: return " >= ?";
    default: return " = ?";
  }
}

// What reads content comes last, so that everything else is asked first.
bool reads_content(const Expression& expression) {
  if (expression.kind == Expression::Kind::comparison) {
    return row(expression.comparison.field).type == Type::words;
  }
  return std::any_of(expression.below.begin(), expression.below.end(), reads_content);
}

class Writer {
 public:
  explicit Writer(Sql& sql) : sql_(sql) {}

  void write(const Expression& expression) {
    using Kind = Expression::Kind;
    switch (expression.kind) {
      case Kind::all: return list(expression.below, " AND ", "1");
      case Kind::any: return list(expression.below, " OR ", "0");
      case Kind::no: put("NOT "); return write(expression.below.front());
      case Kind::comparison: break;
    }
    put("(");
    comparison(expression.comparison);
    put(")");
  }

 private:
  void put(std::string_view text) { sql_.condition += text; }
  void bind(Sql::Parameter value) { sql_.parameters.push_back(std::move(value)); }

  void list(const std::vector<Expression>& below, std::string_view between,
            std::string_view of_nothing) {
    if (below.empty()) return put(of_nothing);
    put("(");
    std::string_view before;
    for (const bool content : {false, true}) {
      for (const Expression& one : below) {
        if (reads_content(one) != content) continue;
        put(before);
        write(one);
        before = between;
      }
    }
    put(")");
  }

  void comparison(const Comparison& c) {
    switch (c.field) {
      case Field::text:
      case Field::input:
      case Field::output: return words(c);
      case Field::trace: return trace(c);
      case Field::error: return error(c);
      case Field::attempts:
        return number(c,
                      "(SELECT count(*) FROM spans AS c WHERE c.id BETWEEN h.id AND"
                      " h.id + h.span_count - 1 AND c.kind = 'attempt')");
      case Field::model: return model(c);
      default: break;
    }
    if (of_any_span(c.field)) return any_span(c);
    if (row(c.field).type == Type::text) return text(c, column(c.field, "h"));
    number(c, column(c.field, "h"));
  }

  static std::string column(Field field, std::string_view of) {
    std::string out;
    for (const char mark : row(field).sql) {
      if (mark == '$') {
        out += of;
      } else {
        out += mark;
      }
    }
    return out;
  }

  void text(const Comparison& c, const std::string& value) {
    if (c.op == Op::contains) {
      put("instr(lower(coalesce(" + value + ", '')), ?) > 0");
      return bind(base::to_lower(c.values.front().text));
    }
    put("coalesce(" + value + ", '') IN (");
    values(c);
    put(")");
  }

  void values(const Comparison& c) {
    std::string_view before = "?";
    for (const Value& value : c.values) {
      put(before);
      bind(value.text);
      before = ",?";
    }
  }

  void number(const Comparison& c, const std::string& value) {
    std::string_view before;
    for (const Value& one : c.values) {
      put(before);
      put("coalesce(" + value);
      put(symbol(c.op));
      put(", 0)");
      bind(one.number);
      before = " OR ";
    }
  }

  void model(const Comparison& c) {
    text(c, "h.model_requested");
    put(" OR ");
    text(c, "h.model_served");
  }

  void any_span(const Comparison& c) {
    put(kAnySpan);
    if (c.field == Field::tool) put("c.kind = 'tool' AND ");
    if (c.field == Field::agent) put("c.kind = 'agent' AND ");
    if (c.field == Field::attribute) {
      bind("$.\"" + c.attribute + '"');
      text(c, "json_extract(c.attributes, ?)");
    } else {
      text(c, column(c.field, "c"));
    }
    put(")");
  }

  void trace(const Comparison& c) {
    std::string_view before;
    for (const Value& value : c.values) {
      put(before);
      put("substr(lower(hex(h.trace_id)), 1, ?) = ?");
      bind(static_cast<std::int64_t>(value.text.size()));
      bind(value.text);
      before = " OR ";
    }
  }

  void error(const Comparison& c) {
    const Value& value = c.values.front();
    if (value.text.empty())
      return put(value.number != 0 ? "h.error IS NOT NULL" : "h.error IS NULL");
    put("coalesce(h.error, '') = ?");
    bind(value.text);
  }

  void words(const Comparison& c) {
    put(kTextFunction);
    put("(?, h.id, h.span_count, h.log_segment, h.log_offset, h.log_bytes)");
    bind(static_cast<std::int64_t>(sql_.texts.size()));
    sql_.texts.push_back({c.field, c.values.front().text});
  }

  Sql& sql_;
};

void add_needed(const Expression& expression, std::vector<TextTerm>& out) {
  if (expression.kind == Expression::Kind::all) {
    for (const Expression& one : expression.below) add_needed(one, out);
  } else if (expression.kind == Expression::Kind::comparison && reads_content(expression)) {
    out.push_back({expression.comparison.field, expression.comparison.values.front().text});
  }
}

}  // namespace

Sql to_sql(const Expression& expression) {
  Sql sql;
  sql.condition += '(';
  Writer(sql).write(expression);
  sql.condition += ')';
  return sql;
}

bool needs_error(const Expression& expression) {
  using Kind = Expression::Kind;
  const auto& below = expression.below;
  switch (expression.kind) {
    case Kind::all: return std::any_of(below.begin(), below.end(), needs_error);
    case Kind::any: return !below.empty() && std::all_of(below.begin(), below.end(), needs_error);
    case Kind::no: return false;
    case Kind::comparison: break;
  }
  const Comparison& c = expression.comparison;
  return c.field == Field::error &&
         (c.values.front().number != 0 || !c.values.front().text.empty());
}

std::vector<TextTerm> needed_texts(const Expression& expression) {
  std::vector<TextTerm> out;
  add_needed(expression, out);
  return out;
}

}  // namespace headgate::storage::query
