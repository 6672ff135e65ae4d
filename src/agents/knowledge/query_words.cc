#include "agents/knowledge/query_words.h"

#include <algorithm>
#include <set>

#include "base/text/strings.h"
#include "base/text/utf8.h"
#include "storage/text/letters.h"

namespace headgate::agents::knowledge {
namespace {

using storage::text::LetterKind;

bool is_word_byte(char c) {
  const char small = static_cast<char>(c | 0x20);
  return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9');
}

// How long the character is that `text` begins with, and whether it belongs to a word.
std::size_t step(std::string_view text, bool& in_word) {
  if (static_cast<unsigned char>(text.front()) < 0x80) {
    in_word = is_word_byte(text.front());
    return 1;
  }
  const auto character = base::decode_utf8(text);
  in_word =
      character.bytes > 0 && storage::text::letter_kind(character.code) != LetterKind::separates;
  return std::max<std::size_t>(character.bytes, 1);
}

std::string_view next_word(std::string_view& rest) {
  bool in_word = false;
  while (!rest.empty()) {
    const std::size_t bytes = step(rest, in_word);
    if (in_word) break;
    rest.remove_prefix(bytes);
  }
  std::size_t size = 0;
  while (size < rest.size()) {
    const std::size_t bytes = step(rest.substr(size), in_word);
    if (!in_word) break;
    size += bytes;
  }
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

}  // namespace

// Folding and stemming are the index's own: words go there as they were written.
std::string match_expression(std::string_view query) {
  std::set<std::string, std::less<>> seen;
  std::string out;
  while (seen.size() < kQueryWordsMax) {
    const std::string_view word = next_word(query);
    if (word.empty()) break;
    if (!seen.insert(base::to_lower(word)).second) continue;
    if (!out.empty()) out += " OR ";
    out.append("\"").append(word).append("\"");
  }
  return out;
}

}  // namespace headgate::agents::knowledge
