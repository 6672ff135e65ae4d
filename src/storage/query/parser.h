// From a filter's text to an expression. Every mistake says where it is and what would be right, a
// misspelt field which was meant. Pure; total over any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "storage/query/expression.h"

namespace headgate::storage::query {

inline constexpr std::size_t kFilterBytesMax = 8192;
inline constexpr std::size_t kComparisonsMax = 200;
inline constexpr int kDepthMax = 50;

/// `now_unix_us` is what `age` counts from. An empty text holds for every call.
base::Result<Expression> parse(std::string_view text, std::int64_t now_unix_us);

/// The same for one value of the command line, such as --status.
base::Result<Expression> parse_equals(Field field, std::string_view value,
                                      std::int64_t now_unix_us);

}  // namespace headgate::storage::query
