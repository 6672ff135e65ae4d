// The beginnings of a prompt as hashes, so that two prompts can be told to begin alike without
// keeping either: one after tools and instructions, one after each turn, and some within long
// turns. Marks for the cache (cache_control) are left out: callers move them from call to call.
// Pure.
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headgate::gateway {

struct PromptPrefixes {
  /// Shortest first; the last is the whole prompt. Equal hashes: equal beginnings. Of very many
  /// those in the middle are left out.
  boost::container::small_vector<std::uint64_t, 64> beginnings;
  /// Of each turn but the first, together with the one before it: the last few, oldest first.
  boost::container::small_vector<std::uint64_t, 16> pairs;
};

/// Of a request's body in any dialect. Empty when it is not one that a scan has taken.
PromptPrefixes prefixes_of(std::string_view body, std::size_t depth_max);

/// One hash of two, in this order.
std::uint64_t mix(std::uint64_t first, std::uint64_t second);

}  // namespace headgate::gateway
