// Sections cut into chunks: what a search finds and a model reads. A chunk never spans two
// sections; it ends where a paragraph does, else a line, a sentence, a word, and begins with the
// end of the one before it (overlap). Pure; nothing of the text but blanks between chunks is lost.
#pragma once

#include <string>
#include <vector>

#include "agents/documents/document.h"

namespace headgate::agents::knowledge {

/// How many bytes count as a token where no tokenizer is at hand.
inline constexpr std::size_t kBytesOfToken = 4;

struct ChunkRules {
  std::size_t bytes_max = 300 * kBytesOfToken;     // at least 16
  std::size_t overlap_bytes = 40 * kBytesOfToken;  // less than half of it
};

struct Chunk {
  std::string heading;
  std::string text;  // never empty
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

std::vector<Chunk> chunk(const Document& document, const ChunkRules& rules);

}  // namespace headgate::agents::knowledge
