// Removes secrets from text before it is logged or stored: well-known credential formats, card
// numbers that pass the Luhn check, and the values of JSON members with telling names. A removed
// span becomes
// "[redacted:kind]"; valid JSON stays valid JSON, also inside strings that hold JSON.
// A Vectorscan database of literals finds candidates in one pass, small checks confirm them.
// One per thread: copies share the database, each has its own scratch space.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::base {

class Redactor {
 public:
  /// `extra_fields`: further JSON member names whose values are removed, compared without case.
  static Result<Redactor> create(const std::vector<std::string>& extra_fields = {});

  Redactor(const Redactor& other);
  Redactor& operator=(const Redactor&) = delete;
  Redactor(Redactor&&) noexcept;
  Redactor& operator=(Redactor&&) noexcept;
  ~Redactor();

  /// True: `out` holds `in` without its secrets. False: there were none, `out` is untouched, use
  /// `in`.
  bool redact(std::string_view in, std::string& out);
  /// The text without its secrets.
  std::string redacted(std::string_view in);

 private:
  bool pass(std::string_view in, std::string& out);

  struct Database;
  struct Scan;
  explicit Redactor(std::shared_ptr<const Database> database);
  std::shared_ptr<const Database> database_;
  std::unique_ptr<Scan> scan_;
};

}  // namespace headgate::base
