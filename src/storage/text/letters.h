// What words.h needs to know of Unicode: which characters belong to words, small letters, letters
// without their accents. Latin, Greek and Cyrillic are folded; other scripts are taken as they are.
// Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headgate::storage::text {

enum class LetterKind : std::uint8_t {
  separates,
  letter,
  alone,  // a word by itself
  mark,   // an accent on the letter before: passed over
};
/// Of characters beyond ASCII.
LetterKind letter_kind(char32_t code);

/// ASCII letters for Latin ones with accents and ligatures; empty for others.
std::string_view without_accent(char32_t code);
char32_t small_letter(char32_t code);

}  // namespace headgate::storage::text
