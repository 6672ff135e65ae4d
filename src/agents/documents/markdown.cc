#include "agents/documents/markdown.h"

#include <algorithm>
#include <string>

#include "agents/documents/front_matter.h"
#include "agents/documents/sections.h"
#include "agents/documents/text.h"

namespace headgate::agents::knowledge {
namespace {

constexpr std::size_t kIndentMax = 3;  // more is code

std::string_view without_indent(std::string_view line) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  return indent <= kIndentMax ? line.substr(indent) : std::string_view();
}

std::size_t run_of(std::string_view text, char c) {
  return std::min(text.find_first_not_of(c), text.size());
}

// "## Deadlines ##": its level, 0 for any other line.
int atx_level(std::string_view line, std::string_view& text) {
  const std::string_view body = without_indent(line);
  const std::size_t level = run_of(body, '#');
  if (level == 0 || level > Sections::kLevels) return 0;
  std::string_view rest = body.substr(level);
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return 0;
  rest = stripped(rest);
  const auto end = rest.find_last_not_of('#');
  if (end == std::string_view::npos) {
    rest = {};
  } else if (end + 1 < rest.size() && (rest[end] == ' ' || rest[end] == '\t')) {
    rest = stripped(rest.substr(0, end));
  }
  text = rest;
  return static_cast<int>(level);
}

// Of a line that may underline the one before it: 1 for ===, 2 for ---.
int underline_level(std::string_view line) {
  const std::string_view body = stripped(without_indent(line));
  if (body.empty()) return 0;
  if (run_of(body, '=') == body.size()) return 1;
  return run_of(body, '-') == body.size() ? 2 : 0;
}

class Reader {
 public:
  explicit Reader(Sections& sections) : sections_(sections) {}

  /// False: too many sections.
  bool line(std::string_view text);
  void end() { keep_pending(); }

 private:
  bool in_fence(std::string_view line);
  std::string visible(std::string_view line);
  void keep_pending();
  void put(std::string_view line) {
    sections_.text(line);
    sections_.text("\n");
  }

  Sections& sections_;
  std::string pending_;  // a paragraph's only line so far: it may become a heading
  bool has_pending_ = false;
  bool in_paragraph_ = false;
  bool in_comment_ = false;
  char fence_ = 0;  // of the code block that is open
  std::size_t fence_size_ = 0;
};

void Reader::keep_pending() {
  if (has_pending_) put(pending_);
  has_pending_ = false;
}

// Whether the line belongs to fenced code, its fences included.
bool Reader::in_fence(std::string_view line) {
  const std::string_view body = without_indent(line);
  const char c = body.empty() ? '\0' : body.front();
  const std::size_t size = c == '`' || c == '~' ? run_of(body, c) : 0;
  if (fence_ == 0) {
    const bool opens = size >= 3 && (c == '~' || body.find('`', size) == std::string_view::npos);
    if (!opens) return false;
    fence_ = c;
    fence_size_ = size;
    return true;
  }
  if (c == fence_ && size >= fence_size_ && stripped(body.substr(size)).empty()) fence_ = 0;
  return true;
}

// Without comments. One that nobody ends goes on to the end of the file, as in a browser.
std::string Reader::visible(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const auto at = line.find(in_comment_ ? "-->" : "<!--");
    if (!in_comment_) out += line.substr(0, at);
    if (at == std::string_view::npos) break;
    line.remove_prefix(at + (in_comment_ ? 3 : 4));
    in_comment_ = !in_comment_;
  }
  return out;
}

bool Reader::line(std::string_view text) {
  if (!in_comment_ && in_fence(text)) {
    keep_pending();
    in_paragraph_ = false;
    put(text);
    return true;
  }
  const std::string shown = visible(text);
  std::string_view heading;
  int level = atx_level(shown, heading);
  if (level == 0 && has_pending_) {
    level = underline_level(shown);
    if (level > 0) heading = pending_;
  } else {
    keep_pending();
  }
  if (level > 0) {
    const bool taken = sections_.heading(level, heading);
    has_pending_ = in_paragraph_ = false;
    return taken;
  }
  keep_pending();
  const bool blank = stripped(shown).empty();
  if (!blank && !in_paragraph_) {
    pending_ = shown;
    has_pending_ = true;
  } else {
    put(shown);
  }
  in_paragraph_ = !blank;
  return true;
}

}  // namespace

base::Result<Documents> read_markdown(std::string_view path, std::string_view text) {
  auto front = read_front_matter(path, text);
  if (!front) return front.error();
  Document out;
  out.name = path;
  out.tenant = std::move(front->tenant);
  out.labels = std::move(front->labels);
  Sections sections;
  Reader reader(sections);
  Lines lines(text.substr(front->bytes));
  for (std::string_view line; lines.next(line);) {
    if (reader.line(line)) continue;
    const std::string_view before = text.substr(0, front->bytes);
    const auto skipped = std::count(before.begin(), before.end(), '\n');
    return located(path, lines.number() + static_cast<std::size_t>(skipped), 0,
                   "more than " + std::to_string(kSectionsMax) + " sections; split the file");
  }
  reader.end();
  out.sections = sections.take();
  out.title = !front->title.empty()       ? std::move(front->title)
              : !sections.title().empty() ? sections.title()
                                          : stem_of(path);
  Documents documents;
  documents.push_back(std::move(out));
  return documents;
}

}  // namespace headgate::agents::knowledge
