// A table for a terminal: columns as wide as what stands in them, two blanks apart, the last one
// open-ended. Pure.
#pragma once

#include <string>
#include <vector>

namespace headgate::cli {

using Row = std::vector<std::string>;

/// REQUIRES: every row has as many cells as `header`.
std::string table(const Row& header, const std::vector<Row>& rows);

}  // namespace headgate::cli
