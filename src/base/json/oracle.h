// Boost.JSON's parser as the second opinion on what is JSON, for the differential test and the
// fuzzer. It refuses two things on purpose that Cursor accepts: escaped lone surrogates, which are
// masked here before it looks, and exponents that overflow its counter, which are reported as no
// opinion.
#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace headgate::base::json {

struct OracleHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using error_code = boost::json::error_code;
  using string_view = boost::json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view, std::size_t, error_code&) { return true; }
  bool on_key(string_view, std::size_t, error_code&) { return true; }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

// "\ud83d" → "\uc83d": the same shape without a surrogate.
inline std::string without_surrogates(std::string_view text) {
  std::string masked(text);
  for (std::size_t i = 0; i + 3 < masked.size(); ++i) {
    if (masked[i] != '\\') continue;
    const bool is_d = masked[i + 2] == 'd' || masked[i + 2] == 'D';
    if (masked[i + 1] == 'u' && is_d) masked[i + 2] = 'c';
    ++i;  // the escaped character is no backslash that starts an escape
  }
  return masked;
}

inline std::optional<bool> oracle_accepts(std::string_view text, std::size_t depth_max) {
  const std::string masked = without_surrogates(text);
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::basic_parser<OracleHandler> parser(options);
  boost::json::error_code error;
  const std::size_t used = parser.write_some(false, masked.data(), masked.size(), error);
  if (error == boost::json::error::exponent_overflow) return std::nullopt;
  return !error && used == masked.size();
}

}  // namespace headgate::base::json
