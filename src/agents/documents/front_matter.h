// What a Markdown file says of itself in front of its text: keys as YAML between two lines of
// `---`. Title, tenant and labels count, other keys are for other programs. What would make a
// tenant's document everybody's is an error: front matter that does not end, a tenant that is not a
// name, a key that is nearly one of these. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

struct FrontMatter {
  std::string title;
  std::string tenant;
  Labels labels;
  std::size_t bytes = 0;  // of the file, with both lines; 0: it has none
};

/// REQUIRES: clean text.
base::Result<FrontMatter> read_front_matter(std::string_view path, std::string_view text);

/// The key that `key` may have been meant to be; empty: it is another word.
std::string_view nearly_reserved(std::string_view key);

}  // namespace headgate::agents::knowledge
