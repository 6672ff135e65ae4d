// Texts that are kept as BLOBs, so that SQLite takes them as they are: with bytes that are no UTF-8
// or zero, and empty ones apart from NULL. Views do not outlive the text or row that they are of.
// Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace headgate::storage {

/// To bind.
inline std::span<const std::uint8_t> blob_of(std::string_view text) {
  // A blob must not be a null pointer either: that would bind NULL.
  return {reinterpret_cast<const std::uint8_t*>(text.empty() ? "" : text.data()), text.size()};
}

/// What was bound so.
inline std::string text_of(std::span<const std::uint8_t> blob) {
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

}  // namespace headgate::storage
