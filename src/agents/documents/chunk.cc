#include "agents/documents/chunk.h"

#include <array>
#include <string_view>

#include "agents/documents/text.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {
namespace {

// Where to cut, best first; behind the characters.
constexpr std::array<std::string_view, 6> kBreaks{"\n\n", "\n", ". ", "? ", "! ", " "};

// The end of a chunk that begins at the front of `text`, which is longer than `bytes_max`: more
// than half of what it may be.
std::size_t cut_of(std::string_view text, std::size_t bytes_max) {
  const std::string_view window = base::utf8_prefix(text, bytes_max);
  for (const std::string_view mark : kBreaks) {
    const auto at = window.rfind(mark);
    if (at != std::string_view::npos && at + mark.size() > bytes_max / 2) return at + mark.size();
  }
  return window.empty() ? bytes_max : window.size();
}

// Where the chunk behind `cut` begins: at a word, at most `overlap` bytes before it.
std::size_t begin_of(std::string_view text, std::size_t cut, std::size_t overlap) {
  if (overlap == 0 || overlap >= cut) return cut;
  const auto blank = text.substr(0, cut).find_first_of(" \n", cut - overlap);
  return blank == std::string_view::npos ? cut : blank + 1;
}

void chunk_section(const Section& section, const ChunkRules& rules, std::vector<Chunk>& out) {
  std::string_view rest = stripped(section.text);
  while (rest.size() > rules.bytes_max) {
    const std::size_t cut = cut_of(rest, rules.bytes_max);
    const std::string_view text = stripped(rest.substr(0, cut));
    if (!text.empty()) out.push_back({section.heading, std::string(text)});
    rest.remove_prefix(begin_of(rest, cut, rules.overlap_bytes));
  }
  rest = stripped(rest);
  if (!rest.empty()) out.push_back({section.heading, std::string(rest)});
}

}  // namespace

std::vector<Chunk> chunk(const Document& document, const ChunkRules& rules) {
  std::vector<Chunk> out;
  for (const Section& section : document.sections) chunk_section(section, rules, out);
  return out;
}

}  // namespace headgate::agents::knowledge
