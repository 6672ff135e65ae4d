// The bytes of an ExchangeRecord in a journal: fixed-layout heads (little-endian) followed by the
// strings, whose lengths stand in the heads. Encoding is a few memcpy's into memory the caller
// owns; decoding gives views into the bytes and survives any input. Not a wire format: only this
// machine reads it back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "telemetry/span.h"

namespace headgate::telemetry {

inline constexpr std::size_t kSpansMax = 4096;              // a record
inline constexpr std::size_t kAttributesMax = 1024;         // a span
inline constexpr std::size_t kStringBytesMax = 0x7fffffff;  // one string

/// Exactly what encode() will write; 0 when `record` is empty or beyond the limits above.
std::size_t encoded_size(const ExchangeRecord& record);

/// REQUIRES: out has encoded_size(record) bytes, and that is not 0.
void encode(const ExchangeRecord& record, std::byte* out);

/// How many spans a record has, without decoding it; 0 when that is not to be seen.
std::size_t encoded_spans(std::span<const std::byte> bytes);

/// Keeps the arrays between records so that decoding allocates nothing in the long run.
class ExchangeDecoder {
 public:
  /// Views into `bytes` and into this decoder, valid until the next call; nothing when `bytes` is
  /// not one whole record.
  std::optional<ExchangeRecord> decode(std::span<const std::byte> bytes);

 private:
  std::vector<Span> spans_;
  std::vector<Attribute> attributes_;  // of all spans, one after the other
  std::vector<std::uint16_t> attribute_counts_;
};

}  // namespace headgate::telemetry
