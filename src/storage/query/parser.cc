#include "storage/query/parser.h"

#include <utility>

#include "base/text/strings.h"
#include "storage/query/comparison_reader.h"
#include "storage/query/fields.h"
#include "storage/query/lexer.h"

namespace headgate::storage::query {
namespace {

bool is_word(const Token& token, std::string_view word) {
  return token.kind == TokenKind::word && base::iequals(token.text, word);
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, std::int64_t now_unix_us)
      : text_(text), tokens_(std::move(tokens)), now_unix_us_(now_unix_us) {}

  base::Result<Expression> run() {
    if (tokens_.size() == 1) return Expression{};
    auto read = any_of(0);
    if (!read) return read;
    if (next().kind == TokenKind::close) return fail("this parenthesis was never opened");
    if (next().kind != TokenKind::end) return fail("`and` or `or` is missing here");
    return read;
  }

 private:
  const Token& next() const { return tokens_[at_]; }
  base::Error fail(std::string_view what) const { return error_at(text_, next().at, what); }

  base::Result<Expression> any_of(int depth) {
    return list_of("or", Expression::Kind::any, &Parser::all_of, depth);
  }
  base::Result<Expression> all_of(int depth) {
    return list_of("and", Expression::Kind::all, &Parser::negation, depth);
  }

  using Rule = base::Result<Expression> (Parser::*)(int);
  base::Result<Expression> list_of(std::string_view word, Expression::Kind kind, Rule part,
                                   int depth) {
    auto first = (this->*part)(depth);
    if (!first || !is_word(next(), word)) return first;
    Expression list;
    list.kind = kind;
    list.below.push_back(std::move(*first));
    while (is_word(next(), word)) {
      ++at_;
      auto read = (this->*part)(depth);
      if (!read) return read;
      list.below.push_back(std::move(*read));
    }
    return list;
  }

  base::Result<Expression> negation(int depth) {
    if (!is_word(next(), "not")) return primary(depth);
    if (depth >= kDepthMax) return fail("too deeply nested");
    ++at_;
    auto read = negation(depth + 1);
    if (!read) return read;
    return Expression::negated(std::move(*read));
  }

  base::Result<Expression> primary(int depth) {
    if (next().kind != TokenKind::open) return comparison();
    if (depth >= kDepthMax) return fail("too deeply nested");
    const std::size_t opened = at_++;
    auto read = any_of(depth + 1);
    if (!read) return read;
    if (next().kind == TokenKind::end) {
      return error_at(text_, tokens_[opened].at, "this parenthesis is never closed");
    }
    if (next().kind != TokenKind::close) return fail("`and`, `or` or `)` is missing here");
    ++at_;
    return read;
  }

  base::Result<Expression> comparison() {
    if (++comparisons_ > kComparisonsMax) return fail("too many comparisons");
    ComparisonReader reader(text_, tokens_, at_, now_unix_us_);
    auto read = reader.run();
    at_ = reader.at();
    return read;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::int64_t now_unix_us_;
  std::size_t at_ = 0;
  std::size_t comparisons_ = 0;
};

}  // namespace

base::Result<Expression> parse(std::string_view text, std::int64_t now_unix_us) {
  if (text.size() > kFilterBytesMax) {
    return base::fail(base::Errc::invalid_request,
                      "a filter has at most " + std::to_string(kFilterBytesMax) + " bytes");
  }
  auto tokens = tokens_of(text);
  if (!tokens) return tokens.error();
  return Parser(text, std::move(*tokens), now_unix_us).run();
}

base::Result<Expression> parse_equals(Field field, std::string_view value,
                                      std::int64_t now_unix_us) {
  if (value.size() > kFilterBytesMax / 2) {
    return base::fail(base::Errc::invalid_request, "the value is too long");
  }
  std::string text(row(field).name);
  text += " = \"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return parse(text + '"', now_unix_us);
}

}  // namespace headgate::storage::query
