// Made-up embeddings: a vector for a text, of length 1, the same for the same text everywhere.
// Texts that share words point in similar directions, others in unrelated ones. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace headgate::lab {

std::vector<double> embedding_of(std::string_view text, std::size_t dimensions);

}  // namespace headgate::lab
