// A document of a knowledge base as its readers hand it on: sections of text below their headings,
// and what it is filtered by. A file is one document, or many (JSON Lines). Plain values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace headgate::agents::knowledge {

/// Sorted, each pair once; a key may have several values.
using Labels = std::vector<std::pair<std::string, std::string>>;

struct Section {
  std::string heading;  // "Returns > Deadlines"; empty: text before the first heading
  std::string text;
  friend bool operator==(const Section&, const Section&) = default;
};

struct Document {
  std::string name;    // path in the knowledge base; of a line of JSON Lines: "path#id"
  std::string title;   // never empty
  std::string tenant;  // whose it is; empty: everybody's
  Labels labels;
  std::vector<Section> sections;
};

using Documents = std::vector<Document>;

inline constexpr std::size_t kSectionsMax = 20'000;    // of a document
inline constexpr std::size_t kDocumentsMax = 100'000;  // of a file
inline constexpr std::size_t kHeadingBytesMax = 200;   // of one heading; the rest is cut off
inline constexpr std::size_t kNameBytesMax = 256;      // of titles, tenants, labels and ids
inline constexpr std::size_t kLabelsMax = 64;          // of a document

/// "returns.md:12:3: what", invalid_request. `line` and `column` from 1; column 0: the whole line.
base::Error located(std::string_view path, std::size_t line, std::size_t column,
                    std::string_view what);

/// What is wrong with `text` as a name of that kind ("tenant"); empty: nothing.
std::string name_problem(std::string_view kind, std::string_view text);

/// Sorts and takes out what is there twice.
void tidy(Labels& labels);

/// The last part of a path without its extension.
std::string stem_of(std::string_view path);

}  // namespace headgate::agents::knowledge
