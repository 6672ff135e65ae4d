// base64 and the "data:" URLs that carry images and files in requests, with a look at the first
// bytes to tell images apart. Strict: padding must be there and nothing else may be. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headgate::lab {

enum class Base64 { standard, url };  // both with padding

std::string base64(std::string_view bytes, Base64 alphabet = Base64::standard);
/// Nothing where `text` is no base64.
std::optional<std::string> base64_decoded(std::string_view text,
                                          Base64 alphabet = Base64::standard);

/// "data:image/png;base64,…"
struct DataUrl {
  std::string_view type;     // in lower case as sent; empty: none given
  std::string_view payload;  // encoded
  bool is_base64 = false;
};

/// Nothing where `url` is no data URL.
std::optional<DataUrl> data_url(std::string_view url);

}  // namespace headgate::lab
