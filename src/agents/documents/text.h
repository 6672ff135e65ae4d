// Whether the bytes of a file are text, and that text in the form that the readers take: UTF-8
// without a byte order mark, lines ended by LF. Also the lines of it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

/// Errors say where the first byte stands that is no text.
base::Result<std::string> clean_text(std::string_view path, std::string_view bytes);

/// Gives one line after the other, without its LF.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  /// False: there are no more.
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }  // of the last line, from 1

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

/// Without blanks and line breaks on both sides.
std::string_view stripped(std::string_view text);

/// With every run of blanks, line breaks and control characters as one blank.
std::string one_line(std::string_view text);

}  // namespace headgate::agents::knowledge
