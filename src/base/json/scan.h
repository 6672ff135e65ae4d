// The inner loops of base/json: finding the end of a string, decoding escapes. Internal to the
// folder. SSE2 where the target has it (every x86-64), else byte by byte with the same results.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/json/text.h"

namespace headgate::base::json {

/// The first byte in [p, end) that a JSON string body cannot simply contain: '"', '\\' or below
/// 0x20; `end` when there is none.
inline const char* find_string_special(const char* p, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control_max = _mm_set1_epi8(0x1F);
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, control_max), bytes);
    const __m128i specials = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
                                          _mm_or_si128(_mm_cmpeq_epi8(bytes, backslash), controls));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(specials));
    if (mask != 0) return p + std::countr_zero(mask);
  }
#endif
  while (p < end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
}

/// Decodes one escape at the start of `raw` (at its backslash), two for a surrogate pair, as UTF-8
/// into `utf8`. Returns how many bytes of `raw` it was; `size` is the length of the UTF-8.
std::size_t decode_escape(std::string_view raw, char (&utf8)[4], std::size_t& size);

/// Decodes a short text without allocating; false when it does not fit.
bool decode_small(const Text& text, std::span<char> out, std::size_t& size);

}  // namespace headgate::base::json
