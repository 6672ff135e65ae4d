#include "storage/text/words.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text/utf8.h"
#include "storage/text/letters.h"
#include "storage/text/plain_text.h"

namespace headgate::storage::text {
namespace {

// For each ASCII byte what it is in a word; 0: it separates words.
constexpr std::array<char, 128> make_ascii() {
  std::array<char, 128> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<std::size_t>(c)] = c;
    table[static_cast<std::size_t>(c - 'a' + 'A')] = c;
  }
  return table;
}
constexpr std::array<char, 128> kAscii = make_ascii();

}  // namespace

std::string_view WordReader::next() {
  size_ = 0;
  full_ = false;
  while (at_ != end_) {
    if (!step() && size_ > 0) break;
  }
  return {word_.data(), size_};
}

// Takes one character. False: it ended the word, or there is still none.
bool WordReader::step() {
  const auto byte = static_cast<unsigned char>(*at_);
  if (byte >= 0x80) return wide_step();
  ++at_;
  if (kAscii[byte] == 0) return false;
  add(kAscii[byte]);
  return true;
}

bool WordReader::wide_step() {
  const auto [code, bytes] = base::decode_utf8({at_, static_cast<std::size_t>(end_ - at_)});
  if (bytes == 0) {
    ++at_;
    return false;
  }
  const LetterKind kind = letter_kind(code);
  if (kind == LetterKind::alone && size_ > 0) return false;  // comes again as the next word
  at_ += bytes;
  switch (kind) {
    case LetterKind::separates: return false;
    case LetterKind::mark: return true;
    case LetterKind::letter: return add_folded(code), true;
    case LetterKind::alone: return add_encoded(code), false;
  }
  return false;
}

void WordReader::add_folded(char32_t code) {
  const std::string_view plain = without_accent(code);
  if (plain.empty()) return add_encoded(small_letter(code));
  for (const char c : plain) add(c);
}

void WordReader::add_encoded(char32_t code) {
  std::array<char, 4> bytes{};
  const std::size_t count = base::encode_utf8(code, bytes);
  full_ |= size_ + count > kWordBytesMax;  // no half characters, and nothing after such a one
  if (full_) return;
  std::memcpy(word_.data() + size_, bytes.data(), count);
  size_ += count;
}

Phrase phrase_of(std::string_view value) {
  Phrase phrase;
  WordReader reader(value);
  for (auto word = reader.next(); !word.empty(); word = reader.next()) {
    phrase.words.emplace_back(word);
    if (phrase.words.size() == kPhraseWordsMax) break;
  }
  phrase.prefix = !value.empty() && value.back() == '*';
  return phrase;
}

PhraseMatcher::PhraseMatcher(Phrase phrase) : phrase_(std::move(phrase)) {
  for (const std::string& word : phrase_.words) {
    if (word.size() > longest_.size()) longest_ = word;
  }
  const bool ascii =
      std::all_of(longest_.begin(), longest_.end(), [](char c) { return (c & 0x80) == 0; });
  if (!ascii || longest_.size() >= kWordBytesMax) longest_.clear();
}

// A bit for each place of the phrase where `word` may stand.
std::uint64_t PhraseMatcher::places_of(std::string_view word) const {
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < phrase_.words.size(); ++i) {
    const bool begins = phrase_.prefix && i + 1 == phrase_.words.size();
    const bool fits = begins ? word.starts_with(phrase_.words[i]) : word == phrase_.words[i];
    places |= std::uint64_t{fits} << i;
  }
  return places;
}

// Whether it can be there at all; most content is passed over by this. A word of ASCII letters
// stands in ASCII content as it is but for capitals, unless JSON writes it in numbers.
bool PhraseMatcher::may_match(std::string_view content) {
  if (longest_.empty()) return true;
  scratch_.resize(content.size());
  unsigned char all = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto byte = static_cast<unsigned char>(content[i]);
    all |= byte;
    scratch_[i] = static_cast<char>(byte | (byte >= 'A' && byte <= 'Z' ? 0x20 : 0));
  }
  if ((all & 0x80) != 0) return true;
  const auto has = [&](std::string_view what) {
    return ::memmem(scratch_.data(), scratch_.size(), what.data(), what.size()) != nullptr;
  };
  return has(longest_) || has("\\u");
}

bool PhraseMatcher::matches(std::string_view content) {
  if (phrase_.words.empty() || !may_match(content)) return false;
  const std::uint64_t whole = std::uint64_t{1} << (phrase_.words.size() - 1);
  std::uint64_t begun = 0;  // bit i: the last i+1 words were the phrase's first
  WordReader reader(plain_text(content, scratch_));
  for (auto word = reader.next(); !word.empty(); word = reader.next()) {
    begun = (begun << 1 | 1) & places_of(word);
    if ((begun & whole) != 0) return true;
  }
  return false;
}

}  // namespace headgate::storage::text
