#include "agents/html/html_tokens.h"

#include <algorithm>
#include <array>

#include "base/text/strings.h"

namespace headgate::agents::knowledge {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kNameBytesMost = 32;  // longer names are names of nothing we know

constexpr std::array<std::string_view, 9> kRawText{
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript"};

bool is_letter(char c) {
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'z';
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool ends_name(char c) { return is_blank(c) || c == '/' || c == '>'; }

}  // namespace

HtmlToken HtmlTokens::next() {
  if (!raw_.empty()) return raw_text();
  while (at_ < page_.size()) {
    if (page_[at_] != '<') return plain_text();
    const std::string_view rest = page_.substr(at_);
    if (rest.size() > 1 && is_letter(rest[1])) return tag(false);
    if (rest.size() > 2 && rest[1] == '/' && is_letter(rest[2])) return tag(true);
    if (!pass_over()) return plain_text();
  }
  return {};
}

// Comments and declarations. False: a '<' that is text.
bool HtmlTokens::pass_over() {
  const std::string_view rest = page_.substr(at_);
  if (rest.starts_with("<!--")) {
    const bool is_empty = rest.starts_with("<!-->") || rest.starts_with("<!--->");
    const auto end = is_empty ? rest.find('>') - 2 : rest.find("-->", 4);
    at_ = end == kNone ? page_.size() : at_ + end + 3;
    return true;
  }
  if (rest.size() < 2 || (rest[1] != '!' && rest[1] != '?' && rest[1] != '/')) return false;
  const auto end = rest.find('>');
  at_ = end == kNone ? page_.size() : at_ + end + 1;
  return true;
}

HtmlToken HtmlTokens::plain_text() {
  const std::size_t end = std::min(page_.find('<', at_ + 1), page_.size());
  HtmlToken out;
  out.kind = HtmlToken::Kind::text;
  out.text = page_.substr(at_, end - at_);
  at_ = end;
  return out;
}

// Of the tag at `at_`, behind its '>'. A '>' in quotes does not end it.
std::size_t HtmlTokens::end_of_tag(bool& self_closed) const {
  char quote = 0;
  char before = 0;  // the last character that is no blank
  for (std::size_t i = at_ + 1; i < page_.size(); ++i) {
    const char c = page_[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '>') {
      self_closed = before == '/';
      return i + 1;
    } else if ((c == '"' || c == '\'') && before == '=') {
      quote = c;
    }
    if (!is_blank(c)) before = c;
  }
  return page_.size();
}

HtmlToken HtmlTokens::tag(bool closes) {
  HtmlToken out;
  out.kind = closes ? HtmlToken::Kind::close : HtmlToken::Kind::open;
  const std::size_t begin = at_ + (closes ? 2 : 1);
  std::size_t end = begin;
  while (end < page_.size() && !ends_name(page_[end])) ++end;
  if (end - begin <= kNameBytesMost) out.name = base::to_lower(page_.substr(begin, end - begin));
  at_ = end_of_tag(out.self_closed);
  const bool is_raw = std::find(kRawText.begin(), kRawText.end(), out.name) != kRawText.end();
  if (!closes && is_raw) raw_ = out.name;
  return out;
}

// Where "</name" stands; the end of the page when it does not.
std::size_t HtmlTokens::find_close(std::string_view name) const {
  for (std::size_t i = page_.find("</", at_); i != kNone; i = page_.find("</", i + 2)) {
    const std::string_view rest = page_.substr(i + 2);
    const bool ends =
        rest.size() == name.size() || (rest.size() > name.size() && ends_name(rest[name.size()]));
    if (ends && base::iequals(rest.substr(0, name.size()), name)) return i;
  }
  return page_.size();
}

HtmlToken HtmlTokens::raw_text() {
  HtmlToken out;
  out.kind = HtmlToken::Kind::raw_text;
  out.name.swap(raw_);
  const std::size_t end = find_close(out.name);
  out.text = page_.substr(at_, end - at_);
  at_ = end;
  return out;
}

}  // namespace headgate::agents::knowledge
