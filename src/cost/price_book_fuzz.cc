// Any bytes as a price book: no crash, and a book that is accepted never prices below zero.
#include "cost/price_book.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto book = headgate::cost::PriceBook::parse(text, "f");
  if (!book) {
    if (!book.error().detail.starts_with("f:")) std::abort();
    return 0;
  }
  const auto cost = book->price("a", "b", {.input = 1'000'000, .cached = 10, .output = 7}, 1);
  if (cost && *cost < 0) std::abort();
  return 0;
}
