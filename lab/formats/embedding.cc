#include "lab/formats/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "base/random.h"
#include "base/text/strings.h"
#include "lab/neutral/hash.h"

namespace headgate::lab {
namespace {

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// The words of `text` and the letters in them, three at a time, with how often they occur.
std::map<std::uint64_t, int> features_of(std::string_view text) {
  const std::string lower = base::to_lower(text);
  std::map<std::uint64_t, int> features;
  std::size_t begin = 0;
  while (begin < lower.size()) {
    if (!is_word_byte(lower[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < lower.size() && is_word_byte(lower[end])) ++end;
    const std::string word = fmt::format("<{}>", lower.substr(begin, end - begin));
    features[hash_bytes(kHashStart, word)] += 3;  // a word as such says more than its letters
    for (std::size_t i = 0; i + 3 <= word.size(); ++i) {
      ++features[hash_bytes(kHashStart + 1, std::string_view(word).substr(i, 3))];
    }
    begin = end;
  }
  if (features.empty()) features[hash_bytes(kHashStart, lower)] = 1;  // punctuation, blanks
  return features;
}

}  // namespace

/// Each feature has a direction of its own, drawn by its hash: a random projection. A shorter
/// vector is the beginning of a longer one, as the provider's are.
std::vector<double> embedding_of(std::string_view text, std::size_t dimensions) {
  std::vector<double> sums(dimensions);
  for (const auto& [feature, count] : features_of(text)) {
    base::SeededRandom signs(feature);
    const double weight = std::sqrt(static_cast<double>(count));
    for (std::size_t i = 0; i < dimensions; i += 64) {
      const std::uint64_t draw = signs.next();
      const std::size_t end = std::min<std::size_t>(64, dimensions - i);
      for (std::size_t j = 0; j < end; ++j) sums[i + j] += (draw >> j & 1) != 0 ? weight : -weight;
    }
  }
  double squares = 0;
  for (const double sum : sums) squares += sum * sum;
  if (squares == 0) sums[0] = squares = 1;
  for (double& sum : sums) sum /= std::sqrt(squares);
  return sums;
}

}  // namespace headgate::lab
