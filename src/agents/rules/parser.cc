#include "agents/rules/parser.h"

#include <array>
#include <optional>
#include <utility>

#include "agents/rules/lexer.h"
#include "base/text/strings.h"

namespace headgate::agents::rules {

using base::Result;
using Kind = Token::Kind;

namespace {

constexpr int kDepthMax = 32;

struct Sign {
  std::string_view text;
  Comparison comparison;
};
constexpr std::array<Sign, 6> kSigns{{{"==", Comparison::equal},
                                      {"!=", Comparison::not_equal},
                                      {"<", Comparison::less},
                                      {"<=", Comparison::less_or_equal},
                                      {">", Comparison::greater},
                                      {">=", Comparison::greater_or_equal}}};

bool is_order(Comparison comparison) {
  return comparison >= Comparison::less && comparison <= Comparison::greater_or_equal;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Result<Expression> run() {
    auto out = any_of();
    if (!out) return out;
    if (peek().kind != Kind::end) return wrong("expected `and`, `or` or the end");
    return out;
  }

 private:
  const Token& peek() const { return tokens_[next_]; }
  Token take() { return tokens_[peek().kind == Kind::end ? next_ : next_++]; }
  bool take_word(std::string_view word) {
    if (peek().kind != Kind::word || peek().text != word) return false;
    ++next_;
    return true;
  }
  base::Error wrong(std::string_view what) const { return mistake(text_, peek().at, what); }

  // One level of `or` and of `and`; a single part stands for itself.
  template <class Part>
  Result<Expression> joined(std::string_view word, Expression::Kind kind, Part part) {
    Expression out;
    out.kind = kind;
    do {
      auto one = part();
      if (!one) return one;
      out.parts.push_back(std::move(*one));
    } while (take_word(word));
    if (out.parts.size() == 1) return Expression(std::move(out.parts.front()));
    return out;
  }
  Result<Expression> any_of() {
    return joined("or", Expression::Kind::any_of, [this] { return all_of(); });
  }
  Result<Expression> all_of() {
    return joined("and", Expression::Kind::all_of, [this] { return term(); });
  }

  Result<Expression> term() {
    if (depth_ == kDepthMax) return wrong("more than 32 levels of `not` and parentheses");
    ++depth_;
    auto out = inner_term();
    --depth_;
    return out;
  }

  Result<Expression> inner_term() {
    if (take_word("not")) {
      auto inner = term();
      if (!inner) return inner;
      Expression out;
      out.kind = Expression::Kind::negation;
      out.parts.push_back(std::move(*inner));
      return out;
    }
    if (peek().kind != Kind::open) return comparison();
    take();
    auto inner = any_of();
    if (!inner) return inner;
    if (peek().kind != Kind::close) return wrong("expected )");
    take();
    return inner;
  }

  std::optional<Comparison> take_sign() {
    if (peek().kind == Kind::word && peek().text == "in") {
      take();
      return Comparison::in;
    }
    if (peek().kind != Kind::op) return std::nullopt;
    const Token token = take();
    for (const Sign& sign : kSigns) {
      if (sign.text == token.text) return sign.comparison;
    }
    return std::nullopt;
  }

  Result<Expression> comparison() {
    auto left = operand();
    if (!left) return left.error();
    Expression out;
    out.left = std::move(*left);
    const auto sign = take_sign();
    if (!sign) {
      if (out.left.kind == Operand::Kind::path || out.left.kind == Operand::Kind::boolean)
        return out;
      return wrong("expected a comparison: == != < <= > >= in");
    }
    out.comparison = *sign;
    auto right = operand();
    if (!right) return right.error();
    out.right = std::move(*right);
    if (auto fits = check(out); !fits) return fits.error();
    return out;
  }

  // What can never be decided is a mistake.
  Result<void> check(const Expression& of) const {
    for (const Operand* side : {&of.left, &of.right}) {
      const bool orders = side->kind == Operand::Kind::path || side->kind == Operand::Kind::number;
      if (is_order(of.comparison) && !orders) {
        return mistake(text_, side->at, "only numbers are less or greater than others");
      }
      const bool is_list = side->kind == Operand::Kind::list;
      const bool may_be_list = of.comparison == Comparison::in && side == &of.right;
      if (is_list && !may_be_list) {
        return mistake(text_, side->at, "a list stands behind `in` only");
      }
    }
    const bool holds = of.right.kind == Operand::Kind::list || of.right.kind == Operand::Kind::path;
    if (of.comparison == Comparison::in && !holds) {
      return mistake(text_, of.right.at, "`in` needs a list: [\"a\", \"b\"], or a path to one");
    }
    return {};
  }

  Result<Operand> operand() {
    if (peek().kind == Kind::begin) return list();
    return scalar();
  }

  Result<Operand> list() {
    Operand out;
    out.kind = Operand::Kind::list;
    out.at = take().at;
    while (peek().kind != Kind::finish) {
      auto item = scalar();
      if (!item) return item;
      if (item->kind == Operand::Kind::path) {
        return mistake(text_, item->at, "lists hold values; texts stand in quotes");
      }
      out.items.push_back(std::move(*item));
      if (peek().kind == Kind::comma) {
        take();
      } else if (peek().kind != Kind::finish) {
        return wrong("expected , or ]");
      }
    }
    take();
    return out;
  }

  Result<Operand> scalar() {
    Operand out;
    out.at = peek().at;
    if (peek().kind == Kind::text) {
      out.kind = Operand::Kind::text;
      out.text = take().text;
      return out;
    }
    if (peek().kind == Kind::number) return number();
    if (peek().kind != Kind::word) return wrong("expected a path or a value");
    return word();
  }

  Result<Operand> number() {
    Operand out;
    out.at = peek().at;
    out.kind = Operand::Kind::number;
    const auto value = Decimal::parse(peek().text);
    if (!value) return wrong("not a number; texts stand in quotes");
    out.number = *value;
    take();
    return out;
  }

  Result<Operand> word() {
    Operand out;
    const Token token = take();
    out.at = token.at;
    if (token.text == "null") return out;
    if (token.text == "true" || token.text == "false") {
      out.kind = Operand::Kind::boolean;
      out.boolean = token.text == "true";
      return out;
    }
    constexpr std::array<std::string_view, 4> kReserved{"and", "or", "not", "in"};
    for (const std::string_view reserved : kReserved) {
      if (reserved == token.text) return mistake(text_, token.at, "expected a path or a value");
    }
    out.kind = Operand::Kind::path;
    out.path.at = token.at;
    std::string_view rest = token.text;
    while (true) {
      const std::size_t dot = rest.find('.');
      out.path.parts.emplace_back(rest.substr(0, dot));
      if (out.path.parts.back().empty())
        return mistake(text_, token.at, "a name is missing at a dot");
      if (dot == std::string_view::npos) return out;
      rest.remove_prefix(dot + 1);
    }
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Expression> parse(std::string_view text) {
  if (text.size() > kRuleBytesMax) return mistake(text, 0, "a rule has at most 4096 bytes");
  auto tokens = tokens_of(text);
  if (!tokens) return tokens.error();
  if (tokens->size() == 1) return mistake(text, 0, "an empty rule says nothing");
  return Parser(text, std::move(*tokens)).run();
}

}  // namespace headgate::agents::rules
