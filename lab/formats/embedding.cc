#include "lab/formats/embedding.h"

#include <cmath>

#include "base/random.h"
#include "base/text/strings.h"
#include "lab/neutral/hash.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab {
namespace {

/// Adds the direction of one word, which hangs on nothing but the word.
void add_word(std::string_view word, std::vector<double>& out) {
  base::SeededRandom random(hash_bytes(kHashStart, base::to_lower(base::trim(word))));
  for (double& value : out) value += random.unit() - 0.5;
}

}  // namespace

std::vector<double> embedding_of(std::string_view text, std::size_t dimensions) {
  std::vector<double> out(dimensions, 0);
  add_word("", out);  // so that an empty text has a direction, too
  for (const auto token : tokenize(text)) add_word(token, out);
  double sum = 0;
  for (const double value : out) sum += value * value;
  for (double& value : out) value /= std::sqrt(sum);
  return out;
}

}  // namespace headgate::lab
