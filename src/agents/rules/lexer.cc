#include "agents/rules/lexer.h"

#include <algorithm>

namespace headgate::agents::rules {

using base::Result;

namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_of_word(char c) { return begins_word(c) || is_digit(c) || c == '-' || c == '.'; }
bool is_of_number(char c) { return is_digit(c) || c == '.' || begins_word(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    while (true) {
      at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
      if (at_ == text_.size()) break;
      if (auto read = next(); !read) return read.error();
    }
    tokens_.push_back({Token::Kind::end, {}, text_.size()});
    return std::move(tokens_);
  }

 private:
  Result<void> next() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (begins_word(c)) return run_of(Token::Kind::word, is_of_word);
    const bool signs = c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (is_digit(c) || signs) return run_of(Token::Kind::number, is_of_number);
    return sign(c);
  }

  Result<void> sign(char c) {
    const bool with_equals = at_ + 1 < text_.size() && text_[at_ + 1] == '=';
    switch (c) {
      case '(': return take(Token::Kind::open, 1);
      case ')': return take(Token::Kind::close, 1);
      case '[': return take(Token::Kind::begin, 1);
      case ']': return take(Token::Kind::finish, 1);
      case ',': return take(Token::Kind::comma, 1);
      case '<':
      case '>': return take(Token::Kind::op, with_equals ? 2 : 1);
      case '=':
        if (with_equals) return take(Token::Kind::op, 2);
        return fail("write == to compare");
      case '!':
        if (with_equals) return take(Token::Kind::op, 2);
        return fail("write `not`");
      case '&': return fail("write `and`");
      case '|': return fail("write `or`");
      default: return fail("nothing can begin here; texts stand in quotes");
    }
  }

  Result<void> take(Token::Kind kind, std::size_t bytes) {
    tokens_.push_back({kind, std::string(text_.substr(at_, bytes)), at_});
    at_ += bytes;
    return {};
  }

  Result<void> run_of(Token::Kind kind, bool (*goes_on)(char)) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && goes_on(text_[end])) ++end;
    return take(kind, end - at_);
  }

  Result<void> quoted(char mark) {
    Token token{Token::Kind::text, {}, at_};
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      char c = text_[i];
      if (c == mark) {
        at_ = i + 1;
        tokens_.push_back(std::move(token));
        return {};
      }
      if (c == '\\' && i + 1 < text_.size()) c = text_[++i];
      token.text += c;
    }
    return fail("this quote is never closed");
  }

  base::Error fail(std::string_view what) const { return mistake(text_, at_, what); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

Spot spot_of(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, std::min(at, text.size()));
  Spot out;
  out.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t line = before.rfind('\n');
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  out.column += static_cast<int>(before.size() - begin);
  return out;
}

base::Error mistake(std::string_view text, std::size_t at, std::string_view what) {
  const Spot spot = spot_of(text, at);
  return base::fail(
      base::Errc::config_invalid,
      std::to_string(spot.line) + ":" + std::to_string(spot.column) + ": " + std::string(what));
}

}  // namespace headgate::agents::rules
