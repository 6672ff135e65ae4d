// What commands share that print: tables, names from outside made safe to print, errors, and
// waiting between two pictures until SIGINT or SIGTERM ends it. Standard output is written at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::cli {

/// Columns as wide as their widest cell, numbers to the right, titles bold and marked rows red
/// where colour is wanted.
class Table {
 public:
  /// Columns from `first_number` on stand to the right.
  Table(std::vector<std::string> titles, std::size_t first_number)
      : titles_(std::move(titles)), first_number_(first_number) {}

  /// REQUIRES: as many cells as titles.
  void add(std::vector<std::string> cells, bool marked = false) {
    rows_.push_back({std::move(cells), marked});
  }
  bool empty() const { return rows_.empty(); }
  std::string text(bool colour) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    bool marked = false;
  };
  std::string line(const std::vector<std::string>& cells,
                   const std::vector<std::size_t>& widths) const;

  std::vector<std::string> titles_;
  std::size_t first_number_;
  std::vector<Row> rows_;
};

/// A name from outside as a cell: printable, cut, "-" when empty.
std::string name_cell(const std::string& name);

/// From its making on, SIGINT and SIGTERM no longer end the process: wait() says that they came.
class Interrupts {
 public:
  Interrupts();
  /// False: the command should end.
  bool wait(std::chrono::milliseconds time);
};

/// To standard output, now. False: nobody reads it any more.
bool print_now(std::string_view text);

/// Says on standard error what went wrong, and returns the exit code of that.
int failed(const base::Error& error);
void note(std::string_view text);

}  // namespace headgate::cli
