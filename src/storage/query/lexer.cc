#include "storage/query/lexer.h"

#include <algorithm>

namespace headgate::storage::query {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kShownBytesMax = 160;

bool begins_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || byte >= 0x80;
}

bool goes_on(char c) {
  return begins_word(c) || std::string_view(".:/@%+-").find(c) != std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  base::Result<std::vector<Token>> run() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
      if (at_ == text_.size()) break;
      const auto read = next();
      if (!read) return read.error();
    }
    tokens_.push_back({TokenKind::end, {}, text_.size()});
    return std::move(tokens_);
  }

 private:
  base::Result<void> next() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (begins_word(c)) return word();
    switch (c) {
      case '(': return take(TokenKind::open, 1);
      case ')': return take(TokenKind::close, 1);
      case ',': return take(TokenKind::comma, 1);
      case '=': return take(TokenKind::op, begins("==") ? 2 : 1);
      case '~': return take(TokenKind::op, 1);
      case '<':
      case '>': return take(TokenKind::op, text_.substr(at_ + 1, 1) == "=" ? 2 : 1);
      case '!':
        if (begins("!=") || begins("!~")) return take(TokenKind::op, 2);
        return fail("write `not`");
      case '&': return fail("write `and`");
      case '|': return fail("write `or`");
      default: return fail("nothing can begin here; values with such characters need quotes");
    }
  }

  bool begins(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  base::Result<void> take(TokenKind kind, std::size_t bytes) {
    tokens_.push_back({kind, std::string(text_.substr(at_, bytes)), at_});
    if (tokens_.back().text == "==") tokens_.back().text = "=";
    at_ += bytes;
    return {};
  }

  base::Result<void> word() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && goes_on(text_[end])) ++end;
    return take(TokenKind::word, end - at_);
  }

  base::Result<void> quoted(char mark) {
    Token token{TokenKind::quoted, {}, at_};
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

  base::Error fail(std::string_view what) const { return error_at(text_, at_, what); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

// One line, ASCII, so that the mark below stands where it should whatever was written.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

}  // namespace

base::Error error_at(std::string_view text, std::size_t at, std::string_view what) {
  const std::size_t from = at > kShownBytesMax / 2 ? at - kShownBytesMax / 2 : 0;
  std::string detail = "filter, at " + std::to_string(at + 1) + ": ";
  detail.append(what);
  detail += "\n  " + shown(text.substr(from, kShownBytesMax));
  detail += "\n  " + std::string(at - from, ' ') + "^";
  return base::fail(base::Errc::invalid_request, std::move(detail));
}

base::Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

}  // namespace headgate::storage::query
