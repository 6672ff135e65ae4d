// What a word is, for the text index and for looking through content without it: a run of letters
// and digits, small letters, without accents ("Äpfel" is "apfel"), at most kWordBytesMax long; a
// Chinese or Japanese character is one by itself. Both sides use this, so they cannot differ. Pure;
// total over any bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::storage::text {

inline constexpr std::size_t kWordBytesMax = 48;
inline constexpr std::size_t kPhraseWordsMax = 64;

class WordReader {
 public:
  explicit WordReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  /// The next word, valid until the next call; empty at the end.
  std::string_view next();

 private:
  bool step();
  bool wide_step();
  void add(char c) {
    full_ |= size_ == kWordBytesMax;
    if (!full_) word_[size_++] = c;
  }
  void add_encoded(char32_t code);
  void add_folded(char32_t code);

  const char* at_;
  const char* end_;
  std::size_t size_ = 0;
  bool full_ = false;  // the rest of this word is left out
  std::array<char, kWordBytesMax> word_{};
};

/// Words that follow each other, from a filter's value. A `*` at its end: the last is how a word
/// begins.
struct Phrase {
  std::vector<std::string> words;  // at most kPhraseWordsMax
  bool prefix = false;
};
Phrase phrase_of(std::string_view value);

/// Finds a phrase in content.
class PhraseMatcher {
 public:
  explicit PhraseMatcher(Phrase phrase);
  bool matches(std::string_view content);
  const Phrase& phrase() const { return phrase_; }

 private:
  std::uint64_t places_of(std::string_view word) const;
  bool may_match(std::string_view content);

  Phrase phrase_;
  std::string longest_;  // of its words; empty when it is not ASCII
  std::string scratch_;
};

}  // namespace headgate::storage::text
