#include "base/redact/fields.h"

#include <algorithm>

namespace headgate::base::redact {
namespace {

constexpr FieldName kFields[] = {
    {"password"},
    {"passwd"},
    {"passphrase"},
    {"secret"},
    {"client_secret"},
    {"secret_key"},
    {"secret_access_key"},
    {"aws_secret_access_key"},
    {"authorization"},
    {"proxy_authorization"},
    {"cookie"},
    {"set_cookie"},
    {"api_key"},
    {"x_api_key"},
    {"x_goog_api_key"},
    {"access_token"},
    {"refresh_token"},
    {"id_token"},
    {"auth_token"},
    {"bearer_token"},
    {"session_token"},
    {"private_key"},
    {"credit_card"},
    {"credit_card_number"},
    {"card_number"},
    {"cvv"},
    {"cvc"},
    {"ssn"},
    // OpenAI's logprobs have "token" members with a word each; a credential is longer.
    {"token", 12},
};

// A string that is escaped `level` times has 2^level − 1 backslashes in front of its quotes.
constexpr int kLevelMax = 4;
int level_of(std::size_t backslashes) {
  for (int level = 0; level <= kLevelMax; ++level) {
    if (backslashes == (std::size_t{1} << level) - 1) return level;
  }
  return -1;
}
std::size_t backslashes_at(int level) { return (std::size_t{1} << level) - 1; }

enum class Quote : std::uint8_t { content, delimiter, outer_end };

// What a quote with that many backslashes in front of it is to a string at `level`. For outer_end,
// `outer` is the level of the string that ends there.
Quote classify(std::size_t backslashes, int level, int& outer) {
  for (outer = 0; outer < level; ++outer) {
    if (backslashes % 2 == 0) return Quote::outer_end;
    backslashes = (backslashes - 1) / 2;
  }
  return backslashes % 2 == 0 ? Quote::delimiter : Quote::content;
}

struct QuoteAt {
  std::size_t position;  // of the quote; the size of the text when there is none
  std::size_t content_end;
  bool delimiter;
};

// The quote that ends the string at `level` whose content is read at `from`.
QuoteAt closing_quote(std::string_view text, std::size_t from, int level) {
  for (std::size_t at = text.find('"', from); at != std::string_view::npos;
       at = text.find('"', at + 1)) {
    const std::size_t count = backslashes_before(text.substr(from), at - from);
    int outer = 0;
    const Quote quote = classify(count, level, outer);
    if (quote == Quote::delimiter) return {at, at - backslashes_at(level), true};
    if (quote == Quote::outer_end) return {at, at - backslashes_at(outer), false};
  }
  return {text.size(), text.size(), false};
}

bool opens_string(std::string_view text, std::size_t at, int level) {
  const std::size_t slashes = backslashes_at(level);
  return at + slashes < text.size() && text[at + slashes] == '"' &&
         text.find_first_not_of('\\', at) == at + slashes;
}

// Blanks, also those that are escaped inside a string.
std::size_t skip_blanks(std::string_view text, std::size_t at) {
  constexpr std::string_view kEscapedBlanks = "nrt";
  while (at < text.size()) {
    const std::size_t letter = std::min(text.find_first_not_of('\\', at), text.size());
    if (letter == text.size()) return at;
    const bool blank = letter == at ? is_blank(text[at])
                                    : kEscapedBlanks.find(text[letter]) != kEscapedBlanks.npos;
    if (!blank) return at;
    at = letter + 1;
  }
  return at;
}

// Behind the container that opens at `at`, or where the string around it ends.
std::size_t container_end(std::string_view text, std::size_t at, int level) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t before = backslashes_before(text, at);
      if (level_of(before) != level)
        return at - before;  // no string can open here: the outer ended
      const QuoteAt close = closing_quote(text, at + 1, level);
      if (!close.delimiter) return close.content_end;
      at = close.position;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
    ++at;
  }
  return text.size();
}

// A quote behind a marker closes the string of a removed value; no name begins with it.
bool ends_with_marker(std::string_view text) {
  const std::size_t lead = text.ends_with(']') ? text.rfind('[') : std::string_view::npos;
  return lead != std::string_view::npos && is_marker(text.substr(lead));
}

std::optional<Span> string_value(std::string_view text, std::size_t begin, int level,
                                 std::string_view kind, std::size_t chars_min) {
  const std::size_t end = std::max(begin, closing_quote(text, begin, level).content_end);
  const std::string_view content = text.substr(begin, end - begin);
  if (content.size() < chars_min || is_marker(content)) return std::nullopt;
  return Span{begin, end, kind};
}

std::optional<Span> other_value(std::string_view text, std::size_t begin, int level,
                                std::string_view kind) {
  const int quotes = static_cast<int>(backslashes_at(level));
  const char c = text[begin];
  if (text.substr(begin).starts_with(kMarkerLead)) return std::nullopt;
  if (c == '{' || c == '[') {
    const std::size_t end = container_end(text, begin, level);
    if (end <= begin + 2) return std::nullopt;
    return Span{begin, end, kind, quotes};
  }
  if (!is_digit(c) && c != '-') return std::nullopt;
  const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", begin), text.size());
  constexpr std::string_view kBehind = " \t\r\n,]}\\\"";
  if (end < text.size() && kBehind.find(text[end]) == kBehind.npos) return std::nullopt;
  return Span{begin, end, kind, quotes};
}

}  // namespace

std::span<const FieldName> secret_fields() { return kFields; }

std::optional<Span> match_field(std::string_view text, std::size_t quote, std::size_t name_end,
                                std::string_view kind, std::size_t chars_min) {
  const std::size_t slashes = backslashes_before(text, quote);
  const int level = level_of(slashes);
  if (level < 0 || !opens_string(text, name_end, level)) return std::nullopt;
  if (ends_with_marker(text.substr(0, quote - slashes))) return std::nullopt;
  std::size_t at = skip_blanks(text, name_end + backslashes_at(level) + 1);
  if (at >= text.size() || text[at] != ':') return std::nullopt;
  at = skip_blanks(text, at + 1);
  if (at >= text.size()) return std::nullopt;
  if (!opens_string(text, at, level)) return other_value(text, at, level, kind);
  return string_value(text, at + backslashes_at(level) + 1, level, kind, chars_min);
}

}  // namespace headgate::base::redact
