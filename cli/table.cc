#include "cli/table.h"

#include <algorithm>

namespace headgate::cli {
namespace {

void append(std::string& out, const Row& row, const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    out += row[i];
    out.append(widths[i] + 2 - row[i].size(), ' ');
  }
  out += row.back() + "\n";
}

}  // namespace

std::string table(const Row& header, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cell : header) widths.push_back(cell.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  append(out, header, widths);
  for (const auto& row : rows) append(out, row, widths);
  return out;
}

}  // namespace headgate::cli
