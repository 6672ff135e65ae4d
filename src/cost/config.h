// The `cost` section: which price book to price calls from. Read by base/config, a plain value. The
// book itself is loaded from the file by cost/price_book.h, at start-up and on every reload, so
// that a changed price needs no restart.
#pragma once

#include <filesystem>

#include "base/config/fields.h"

namespace headgate::cost {

struct CostConfig {
  std::filesystem::path price_book;  // empty: every call is unpriced

  template <class V>
  static void fields(V& v) {
    v.field("price_book", &CostConfig::price_book,
            {.doc = "YAML file of prices. Without it every call is unpriced, never free.",
             .example = "prices.yaml",
             .must_exist = true});
  }
};

}  // namespace headgate::cost
