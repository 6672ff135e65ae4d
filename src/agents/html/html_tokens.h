// HTML cut into tags and text, in one pass and without a tree. Total over any bytes: what is not a
// tag is text, comments and declarations are passed over, and what never ends goes to the end of
// the page. Inside script, style and their like everything up to their end tag is one text. Lives
// on the stack; views point into the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headgate::agents::knowledge {

struct HtmlToken {
  enum class Kind : std::uint8_t { text, raw_text, open, close, end };

  Kind kind = Kind::end;
  std::string name;          // of a tag, small letters
  std::string_view text;     // references are not decoded
  bool self_closed = false;  // <svg/>
};

class HtmlTokens {
 public:
  explicit HtmlTokens(std::string_view page) : page_(page) {}

  /// The next one; Kind::end at the end, and from then on.
  HtmlToken next();

 private:
  HtmlToken tag(bool closes);
  HtmlToken raw_text();
  HtmlToken plain_text();
  bool pass_over();
  std::size_t end_of_tag(bool& self_closed) const;
  std::size_t find_close(std::string_view name) const;

  std::string_view page_;
  std::size_t at_ = 0;
  std::string raw_;  // the element whose raw text comes next; empty: none
};

}  // namespace headgate::agents::knowledge
