// Made-up embeddings: a vector for a text, of length 1, the same for the same text everywhere and
// in every version. Texts that share words, or parts of words, point in similar directions, others
// in unrelated ones; a shorter vector is the beginning of a longer one. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace headgate::lab {

std::vector<double> embedding_of(std::string_view text, std::size_t dimensions);

}  // namespace headgate::lab
