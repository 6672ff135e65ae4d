// A JSON number as OTLP has it: an int64 where it is written as one that fits, else a double.
// Internal to the folder; pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace headgate::telemetry::otlp {

struct JsonNumber {
  bool is_integer = false;
  std::int64_t integer = 0;
  double real = 0;
};

/// REQUIRES: `text` is a JSON number.
inline JsonNumber json_number(std::string_view text) {
  JsonNumber out;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out.integer);
  out.is_integer = error == std::errc{} && at == end;
  if (!out.is_integer) std::from_chars(text.data(), end, out.real);
  return out;
}

}  // namespace headgate::telemetry::otlp
