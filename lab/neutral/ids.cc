#include "lab/neutral/ids.h"

#include "lab/neutral/hash.h"

namespace headgate::lab {

std::string random_text(base::Random& random, std::size_t count) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out(count, '\0');
  for (char& c : out) c = kAlphabet[random.below(kAlphabet.size())];
  return out;
}

std::string derived_text(std::string_view of, std::string_view purpose, std::size_t count) {
  base::SeededRandom random(mix(hash_bytes(kHashStart, of), hash_bytes(kHashStart, purpose)));
  return random_text(random, count);
}

}  // namespace headgate::lab
