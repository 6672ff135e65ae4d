// Which calls a command is about: an expression (docs/traces.md), and flags for what is asked most,
// which mean the same as the expression they stand for. All of them have to hold. Plain value,
// filled by main.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "storage/query/expression.h"

namespace headgate::cli {

struct Filter {
  std::string where;
  std::string text;
  std::string status;
  std::string model;
  std::string user;
  std::string session;
  std::string route;
  std::int64_t since_unix_us = 0;  // 0: whenever

  /// All of it together. The error names the flag at fault.
  base::Result<storage::query::Expression> expression(std::int64_t now_unix_us) const;
};

}  // namespace headgate::cli
