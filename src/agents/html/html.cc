#include "agents/html/html.h"

#include <algorithm>
#include <array>
#include <string>

#include "agents/documents/sections.h"
#include "agents/documents/text.h"
#include "agents/html/html_entities.h"
#include "agents/html/html_tokens.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {
namespace {

using Kind = HtmlToken::Kind;

constexpr std::array<std::string_view, 26> kParagraphs{
    "p",      "div",        "section", "article", "header",  "footer", "nav",      "aside", "main",
    "ul",     "ol",         "dl",      "table",   "thead",   "tbody",  "tfoot",    "pre",   "form",
    "figure", "blockquote", "address", "details", "caption", "hr",     "fieldset", "body"};
constexpr std::array<std::string_view, 8> kLines{"br", "tr",      "dt",     "dd",
                                                 "li", "summary", "option", "figcaption"};
constexpr std::array<std::string_view, 4> kHidden{"template", "svg", "math", "object"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int heading_level(std::string_view name) {
  const bool is = name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6';
  return is ? name[1] - '0' : 0;
}

class Reader {
 public:
  /// False: too many sections.
  bool token(const HtmlToken& token);
  Document document(std::string_view path);

 private:
  bool open(const HtmlToken& token);
  bool close(const std::string& name);
  void hide(const HtmlToken& token);
  void text(std::string_view more);
  std::string& target() { return level_ > 0 ? heading_ : sections_.text(); }
  void space(std::string_view breaks);
  void break_line() { space("\n"); }
  void break_paragraph() { space("\n\n"); }

  Sections sections_;
  std::string title_;
  std::string heading_;
  int level_ = 0;  // of the heading that is open
  int pre_ = 0;
  std::string hidden_;  // the element that is left out; empty: none
  int hidden_depth_ = 0;
};

// At least these line breaks at the end, unless nothing stands before them.
void Reader::space(std::string_view breaks) {
  std::string& out = target();
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.empty()) return;
  while (!out.ends_with(breaks)) out += '\n';
}

void Reader::text(std::string_view more) {
  std::string& out = target();
  std::string decoded;
  append_decoded(decoded, more);
  if (pre_ > 0) {
    out += decoded;
    return;
  }
  for (const char c : decoded) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\f';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ' && out.back() != '\n') {
      out += ' ';
    }
  }
}

void Reader::hide(const HtmlToken& token) {
  if (token.name != hidden_ || token.self_closed) return;
  if (token.kind == Kind::open) ++hidden_depth_;
  if (token.kind == Kind::close && --hidden_depth_ == 0) hidden_.clear();
}

bool Reader::open(const HtmlToken& token) {
  const std::string& name = token.name;
  if (is_one_of(kHidden, name)) {
    if (!token.self_closed) hidden_ = name;
    hidden_depth_ = 1;
    return true;
  }
  if (const int level = heading_level(name); level > 0) {
    const bool taken = level_ == 0 || close("h" + std::to_string(level_));
    level_ = level;
    heading_.clear();
    return taken;
  }
  if (is_one_of(kParagraphs, name)) break_paragraph();
  if (is_one_of(kLines, name)) break_line();
  if (name == "li") target() += "- ";
  if (name == "pre") ++pre_;
  const bool is_cell = name == "td" || name == "th";
  if (is_cell && !target().empty() && target().back() != '\n') target() += " | ";
  return true;
}

bool Reader::close(const std::string& name) {
  if (heading_level(name) > 0 && level_ > 0) {
    const int level = level_;
    level_ = 0;
    return sections_.heading(level, heading_);
  }
  if (name == "pre" && pre_ > 0) --pre_;
  if (is_one_of(kParagraphs, name)) break_paragraph();
  if (name == "tr" || name == "li") break_line();
  return true;
}

bool Reader::token(const HtmlToken& token) {
  if (!hidden_.empty()) {
    hide(token);
    return true;
  }
  switch (token.kind) {
    case Kind::text: text(token.text); return true;
    case Kind::raw_text:
      if (token.name == "title" && title_.empty()) append_decoded(title_, token.text);
      if (token.name == "textarea" || token.name == "xmp") text(token.text);
      return true;
    case Kind::open: return open(token);
    case Kind::close: return close(token.name);
    case Kind::end: break;
  }
  return true;
}

Document Reader::document(std::string_view path) {
  if (level_ > 0) close("h" + std::to_string(level_));
  Document out;
  out.name = path;
  out.sections = sections_.take();
  const std::string title = one_line(title_);
  out.title = base::utf8_prefix(title, kNameBytesMax);
  if (out.title.empty()) out.title = sections_.title();
  if (out.title.empty()) out.title = stem_of(path);
  return out;
}

}  // namespace

base::Result<Documents> read_html(std::string_view path, std::string_view page) {
  Reader reader;
  HtmlTokens tokens(page);
  for (HtmlToken token = tokens.next(); token.kind != Kind::end; token = tokens.next()) {
    if (reader.token(token)) continue;
    return located(path, 1, 0,
                   "more than " + std::to_string(kSectionsMax) + " sections; split the file");
  }
  Documents documents;
  documents.push_back(reader.document(path));
  return documents;
}

}  // namespace headgate::agents::knowledge
