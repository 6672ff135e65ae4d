// Collects the sections of a document as a reader comes upon headings and text. Headings of higher
// levels end those below them; a section's heading is the way to it ("Returns > Deadlines"). Lives
// on the stack of a reader.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

class Sections {
 public:
  static constexpr int kLevels = 6;

  /// `level` from 1 to 6. False: there are too many.
  bool heading(int level, std::string_view text);
  void text(std::string_view more) { current_.text += more; }
  std::string& text() { return current_.text; }
  /// The first heading of level 1; empty: there was none.
  const std::string& title() const { return title_; }
  std::vector<Section> take();

 private:
  void close(bool goes_deeper);

  std::array<std::string, kLevels> open_;
  Section current_;
  int level_ = 0;  // of the current section
  std::string title_;
  std::vector<Section> done_;
};

}  // namespace headgate::agents::knowledge
