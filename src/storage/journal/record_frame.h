// How a record stands in a journal and, unchanged, in the record log: a frame of 16 bytes, then the
// payload. The frame names the journal position it was written at and carries a checksum over
// position and payload, so a record is recognised wherever it is found, and what is no record never
// passes for one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "storage/journal/checksum.h"

namespace headgate::storage {

struct RecordFrame {
  std::uint32_t bytes = 0;  // of the payload; kPad: none, go on at the start of the ring
  std::uint32_t checksum = 0;
  std::uint64_t position = 0;

  static constexpr std::size_t kAlign = 16;
  static constexpr std::uint32_t kPad = 0xffffffff;

  /// Bytes that frame and payload take together; records start at multiples of kAlign.
  static constexpr std::size_t total(std::size_t payload_bytes) {
    return sizeof(RecordFrame) + ((payload_bytes + kAlign - 1) & ~(kAlign - 1));
  }
  static std::uint32_t checksum_of(std::uint64_t position, std::span<const std::byte> payload) {
    return static_cast<std::uint32_t>(xxh64(payload, position));
  }
};
static_assert(sizeof(RecordFrame) == RecordFrame::kAlign);

/// The payload of the record that `bytes` begins with; nothing when there is no intact one.
inline std::optional<std::span<const std::byte>> intact_payload(std::span<const std::byte> bytes) {
  RecordFrame frame;
  if (bytes.size() < sizeof frame) return std::nullopt;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  const auto rest = bytes.subspan(sizeof frame);
  if (frame.bytes == 0 || frame.bytes > rest.size()) return std::nullopt;
  const auto payload = rest.first(frame.bytes);
  if (frame.checksum != RecordFrame::checksum_of(frame.position, payload)) return std::nullopt;
  return payload;
}

}  // namespace headgate::storage
