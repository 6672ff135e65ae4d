#include "agents/builtins/calculator.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "agents/builtins/exact.h"
#include "base/text/strings.h"

namespace headgate::agents {

using base::Result;

namespace {

constexpr int kDepthMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/// Reads and reckons in one go; the first thing that is wrong ends it.
class Calculation {
 public:
  explicit Calculation(std::string_view text) : text_(text) {}

  Result<Calculated> result() {
    const auto value = sum();
    if (value && at_ < text_.size()) wrong("an operator was expected");
    if (!error_.empty()) return base::fail(base::Errc::invalid_request, error_);
    return Calculated{value->text(), rounded_};
  }

 private:
  using Value = std::optional<Exact>;

  Value wrong(std::string_view what) {
    if (error_.empty()) error_ = "column " + std::to_string(at_ + 1) + ": " + std::string(what);
    return std::nullopt;
  }

  Value checked(Value value) { return value ? value : wrong("more than 36 digits"); }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  // 0: none of them is next.
  char take_one_of(std::string_view operators) {
    skip();
    if (at_ >= text_.size() || operators.find(text_[at_]) == std::string_view::npos) return 0;
    return text_[at_++];
  }

  Value sum() {
    Value left = product();
    while (left) {
      const char op = take_one_of("+-");
      if (op == 0) break;
      const Value right = product();
      if (!right) return right;
      left = checked(left->plus(op == '+' ? *right : right->negated()));
    }
    return left;
  }

  Value product() {
    Value left = factor();
    while (left) {
      const char op = take_one_of("*/");
      if (op == 0) break;
      const Value right = factor();
      if (!right) return right;
      left = op == '*' ? checked(left->times(*right)) : quotient(*left, *right);
    }
    return left;
  }

  Value quotient(const Exact& left, const Exact& right) {
    if (right.is_zero()) return wrong("division by zero");
    const auto out = left.over(right, kPlacesMax);
    if (!out) return wrong("more than 36 digits");
    rounded_ = rounded_ || out->rounded;
    return out->value;
  }

  Value factor() {
    if (depth_ >= kDepthMax) return wrong("too many brackets and signs within each other");
    ++depth_;
    Value out;
    if (take_one_of("-") != 0) {
      out = factor();
      if (out) out = out->negated();
    } else {
      out = primary();
    }
    --depth_;
    return out;
  }

  Value primary() {
    if (take_one_of("(") != 0) {
      const Value out = sum();
      if (out && take_one_of(")") == 0) return wrong("`)` was expected");
      return out;
    }
    const std::size_t begin = at_;
    if (at_ < text_.size() && is_letter(text_[at_])) return function();
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    if (digits.empty()) return wrong("a number was expected");
    const auto out = Exact::parse(digits);
    return out ? out : wrong("not a number of at most 36 digits");
  }

  Value function() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (take_one_of("(") == 0) return wrong("`(` was expected");
    std::vector<Exact> values;
    do {
      const Value value = sum();
      if (!value) return value;
      values.push_back(*value);
    } while (take_one_of(",") != 0);
    if (take_one_of(")") == 0) return wrong("`)` was expected");
    return apply(name, values);
  }

  Value apply(std::string_view name, const std::vector<Exact>& values) {
    if (name == "abs" && values.size() == 1) {
      return values[0].is_negative() ? values[0].negated() : values[0];
    }
    if (name == "min" || name == "max") return extreme(values, name == "min");
    if (name == "round" && values.size() <= 2) {
      const auto places = values.size() == 2 ? values[1].whole(kPlacesMax) : 0;
      if (!places) return wrong("round takes 0 to 18 places");
      return values[0].rounded(*places);
    }
    return wrong("there are abs(x), min(x, …), max(x, …), round(x) and round(x, places)");
  }

  Value extreme(const std::vector<Exact>& values, bool smallest) {
    Exact out = values[0];
    for (const Exact& value : values) {
      const auto above = value.plus(out.negated());
      if (!above) return wrong("more than 36 digits");
      if (!above->is_zero() && above->is_negative() == smallest) out = value;
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool rounded_ = false;
  std::string error_;
};

}  // namespace

Result<Calculated> calculate(std::string_view expression) {
  if (expression.size() > kExpressionBytesMax) {
    return base::fail(base::Errc::invalid_request, "longer than 1000 characters");
  }
  return Calculation(expression).result();
}

}  // namespace headgate::agents
