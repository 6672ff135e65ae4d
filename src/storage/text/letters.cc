#include "storage/text/letters.h"

namespace headgate::storage::text {
namespace {

struct Range {
  char32_t first;
  char32_t last;
  LetterKind kind;
};

// Beyond ASCII, in order; what is in none is a letter.
constexpr std::array kRanges{
    Range{0x80, 0xBF, LetterKind::separates},        Range{0xD7, 0xD7, LetterKind::separates},
    Range{0xF7, 0xF7, LetterKind::separates},        Range{0x300, 0x36F, LetterKind::mark},
    Range{0x37E, 0x37E, LetterKind::separates},      Range{0x387, 0x387, LetterKind::separates},
    Range{0x60C, 0x60D, LetterKind::separates},      Range{0x61B, 0x61F, LetterKind::separates},
    Range{0x964, 0x965, LetterKind::separates},      Range{0x2000, 0x206F, LetterKind::separates},
    Range{0x20A0, 0x20CF, LetterKind::separates},    Range{0x20D0, 0x20FF, LetterKind::mark},
    Range{0x2190, 0x2BFF, LetterKind::separates},    Range{0x2E00, 0x2E7F, LetterKind::separates},
    Range{0x2E80, 0x2FDF, LetterKind::alone},        Range{0x3000, 0x3004, LetterKind::separates},
    Range{0x3005, 0x3007, LetterKind::alone},        Range{0x3008, 0x3020, LetterKind::separates},
    Range{0x3021, 0x302F, LetterKind::alone},        Range{0x3030, 0x3030, LetterKind::separates},
    Range{0x3031, 0x30FF, LetterKind::alone},        Range{0x3400, 0x9FFF, LetterKind::alone},
    Range{0xE000, 0xF8FF, LetterKind::separates},    Range{0xF900, 0xFAFF, LetterKind::alone},
    Range{0xFE00, 0xFE0F, LetterKind::mark},         Range{0xFE10, 0xFE4F, LetterKind::separates},
    Range{0xFEFF, 0xFEFF, LetterKind::separates},    Range{0xFF00, 0xFF0F, LetterKind::separates},
    Range{0xFF1A, 0xFF20, LetterKind::separates},    Range{0xFF3B, 0xFF40, LetterKind::separates},
    Range{0xFF5B, 0xFF65, LetterKind::separates},    Range{0xFFF0, 0xFFFF, LetterKind::separates},
    Range{0x1F000, 0x1FAFF, LetterKind::separates},  Range{0x20000, 0x3FFFF, LetterKind::alone},
    Range{0xF0000, 0x10FFFF, LetterKind::separates},
};

// From U+00C0 to U+017F, a letter each; '.' where there is more to say.
constexpr std::string_view kLatin =
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"   // 00C0
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.lllllll"   // 0100
    "lllnnnnnnn..oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";  // 0140
static_assert(kLatin.size() == 0x180 - 0xC0);

// Greek vowels with accents, and Cyrillic io, which is written either way.
constexpr std::array<std::array<char32_t, 2>, 20> kAccented{
    {{0x386, 0x3B1}, {0x388, 0x3B5}, {0x389, 0x3B7}, {0x38A, 0x3B9}, {0x38C, 0x3BF},
     {0x38E, 0x3C5}, {0x38F, 0x3C9}, {0x390, 0x3B9}, {0x3AC, 0x3B1}, {0x3AD, 0x3B5},
     {0x3AE, 0x3B7}, {0x3AF, 0x3B9}, {0x3B0, 0x3C5}, {0x3CA, 0x3B9}, {0x3CB, 0x3C5},
     {0x3CC, 0x3BF}, {0x3CD, 0x3C5}, {0x3CE, 0x3C9}, {0x401, 0x435}, {0x451, 0x435}}};

}  // namespace

LetterKind letter_kind(char32_t code) {
  std::size_t low = 0, high = kRanges.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (code > kRanges[middle].last) {
      low = middle + 1;
    } else if (code < kRanges[middle].first) {
      high = middle;
    } else {
      return kRanges[middle].kind;
    }
  }
  return LetterKind::letter;
}

std::string_view without_accent(char32_t code) {
  switch (code) {
    case 0xC6:
    case 0xE6: return "ae";
    case 0xDE:
    case 0xFE: return "th";
    case 0xDF: return "ss";
    case 0x132:
    case 0x133: return "ij";
    case 0x152:
    case 0x153: return "oe";
    default: break;
  }
  if (code < 0xC0 || code >= 0xC0 + kLatin.size()) return {};
  const std::string_view letter = kLatin.substr(code - 0xC0, 1);
  return letter == "." ? std::string_view{} : letter;
}

char32_t small_letter(char32_t code) {
  for (const auto& [accented, plain] : kAccented) {
    if (code == accented) return plain;
  }
  if (code >= 0x391 && code <= 0x3A9) return code + 0x20;
  if (code == 0x3C2) return 0x3C3;  // final sigma
  if (code >= 0x410 && code <= 0x42F) return code + 0x20;
  if (code >= 0x400 && code <= 0x40F) return code + 0x50;
  if (code >= 0xFF21 && code <= 0xFF3A) return code + 0x20;
  if (code >= 0x1E00 && code <= 0x1EFF) return code | 1;  // pairs
  return code;
}

}  // namespace headgate::storage::text
