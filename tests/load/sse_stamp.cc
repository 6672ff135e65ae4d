#include "sse_stamp.h"

namespace headgate::load {

void write_stamp(char* out, std::int64_t sent_ns) {
  out[0] = '@';
  for (std::size_t i = 1; i < kStampBytes; ++i) {
    out[i] = static_cast<char>('a' + ((sent_ns >> (64 - 4 * static_cast<int>(i))) & 0xf));
  }
}

std::int64_t find_stamp(std::string_view line) {
  const auto at = line.find('@');
  if (at == std::string_view::npos || line.size() < at + kStampBytes) return -1;
  std::uint64_t value = 0;
  for (const char letter : line.substr(at + 1, kStampBytes - 1)) {
    if (letter < 'a' || letter > 'p') return -1;
    value = value << 4 | static_cast<std::uint64_t>(letter - 'a');
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace headgate::load
