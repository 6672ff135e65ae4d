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

enum class Degraded : std::uint8_t { cached, smaller, canned, queue };

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

struct QueueConfig {
  std::int64_t ttl_s = 86'400;
  std::int64_t calls_max = 1'000;
  std::int64_t bytes_max = 256 * 1024 * 1024;

  template <class V>
  static void fields(V& v) {
    using C = QueueConfig;
    v.field("ttl_s", &C::ttl_s,
            {.doc = "A queued call is forgotten after this, made or not, and so is its answer.",
             .min = 60,
             .max = 2'592'000});
    v.field("calls_max", &C::calls_max,
            {.doc = "Queued calls of the route, answered ones included; one more is not queued.",
             .min = 1,
             .max = 100'000});
    v.field("bytes_max", &C::bytes_max,
            {.doc = "Of their requests, or their answers, together.",
             .min = 64 * 1024,
             .max = std::int64_t{64} * 1024 * 1024 * 1024});
  }
};

/// Of a route.
struct DegradedConfig {
  std::vector<Degraded> use;
  CachedConfig cached;
  std::string smaller;
  CannedConfig canned;
  QueueConfig queue;

  bool uses(Degraded what) const;

  template <class V>
  static void fields(V& v) {
    using C = DegradedConfig;
    v.field("use", &C::use,
            {.doc = "What to do when no model has answered, in this order. cached: the last good "
                    "answer to the same request; smaller: another model; canned: a fixed text; "
                    "queue: 202 and an id, the call is made later. Every such answer is marked "
                    "(x-headgate-degraded).",
             .example = "[cached, canned]",
             .max = 4});
    v.field("cached", &C::cached, {.doc = "Which answers are kept, in memory."});
    v.field("smaller", &C::smaller,
            {.doc = "The model that is tried last, once.", .default_note = "none"});
    v.field("canned", &C::canned, {.doc = "The fixed answer."});
    v.field("queue", &C::queue, {.doc = "Calls that are made later, kept on disk until then."});
  }
};

}  // namespace headgate::gateway

template <>
struct headgate::base::config::EnumNames<headgate::gateway::Degraded> {
  static constexpr std::array<std::string_view, 4> names{"cached", "smaller", "canned", "queue"};
};
