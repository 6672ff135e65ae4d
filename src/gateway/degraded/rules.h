// The `degraded` keys of a route: what its calls get when no target has answered. Plain values; the
// catalog holds them as they are.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/fields.h"

namespace headgate::gateway {

enum class Degraded : std::uint8_t { cached, smaller, canned };

struct CachedConfig {
  std::int64_t age_max_s = 3'600;
  std::int64_t bytes_max = 16 * 1024 * 1024;

  template <class V>
  static void fields(V& v) {
    using C = CachedConfig;
    v.field("age_max_s", &C::age_max_s,
            {.doc = "An answer older than this is not given again.", .min = 1, .max = 604'800});
    v.field("bytes_max", &C::bytes_max,
            {.doc = "Memory for the route's last answers; the one used least recently goes first. "
                    "An answer that would take more than an eighth of it is not kept.",
             .min = 64 * 1024,
             .max = 1024 * 1024 * 1024});
  }
};

struct CannedConfig {
  std::string text;

  template <class V>
  static void fields(V& v) {
    v.field("text", &CannedConfig::text,
            {.doc = "What is answered.",
             .example = "We cannot answer right now; please try again in a few minutes.",
             .max = 65'536});
  }
};

/// Of a route.
struct DegradedConfig {
  std::vector<Degraded> use;
  CachedConfig cached;
  std::string smaller;
  CannedConfig canned;

  bool uses(Degraded what) const;

  template <class V>
  static void fields(V& v) {
    using C = DegradedConfig;
    v.field("use", &C::use,
            {.doc = "What to do when no model has answered, in this order. cached: the last good "
                    "answer to the same request; smaller: another model; canned: a fixed text. "
                    "Every such answer is marked (x-headgate-degraded).",
             .example = "[cached, canned]",
             .max = 4});
    v.field("cached", &C::cached, {.doc = "Which answers are kept, in memory."});
    v.field("smaller", &C::smaller,
            {.doc = "The model that is tried last, once.", .default_note = "none"});
    v.field("canned", &C::canned, {.doc = "The fixed answer."});
  }
};

}  // namespace headgate::gateway

template <>
struct headgate::base::config::EnumNames<headgate::gateway::Degraded> {
  static constexpr std::array<std::string_view, 3> names{"cached", "smaller", "canned"};
};
