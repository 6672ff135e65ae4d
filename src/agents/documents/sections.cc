#include "agents/documents/sections.h"

#include <utility>

#include "agents/documents/text.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {

bool Sections::heading(int level, std::string_view text) {
  if (done_.size() >= kSectionsMax) return false;
  const std::string line = one_line(text);
  const std::string_view name = base::utf8_prefix(line, kHeadingBytesMax);
  close(level > level_);
  if (level == 1 && title_.empty()) title_ = name;
  const auto index = static_cast<std::size_t>(level - 1);
  open_[index] = name;
  for (std::size_t i = index + 1; i < open_.size(); ++i) open_[i].clear();
  current_ = {};
  for (const std::string& each : open_) {
    if (each.empty()) continue;
    if (!current_.heading.empty()) current_.heading += " > ";
    current_.heading += each;
  }
  level_ = level;
  return true;
}

// A heading without text says what it says through those below it; where there are none, it is the
// text.
void Sections::close(bool goes_deeper) {
  const std::string_view text = stripped(current_.text);
  if (!text.empty()) {
    done_.push_back({current_.heading, std::string(text)});
  } else if (level_ > 0 && !goes_deeper && !current_.heading.empty()) {
    const std::string own = open_[static_cast<std::size_t>(level_ - 1)];
    if (!own.empty()) done_.push_back({current_.heading, own});
  }
}

std::vector<Section> Sections::take() {
  close(false);
  current_ = {};
  level_ = 0;
  return std::exchange(done_, {});
}

}  // namespace headgate::agents::knowledge
