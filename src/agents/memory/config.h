// `agents.*.memory`: what a run is told of earlier runs of the same session. A plain value; a
// reload takes it for runs that begin after it.
#pragma once

#include <cstdint>
#include <string>

#include "base/config/fields.h"

namespace headgate::agents {

struct MemoryConfig {
  std::int64_t messages_max = 20;
  std::int64_t tokens_max = 4'000;
  std::string summary_model;
  std::int64_t summary_tokens_max = 500;

  template <class V>
  static void fields(V& v) {
    using C = MemoryConfig;
    v.field("messages_max", &C::messages_max,
            {.doc = "Of earlier runs, the newest; what users said and agents answered.",
             .min = 2,
             .max = 1'000});
    v.field("tokens_max", &C::tokens_max,
            {.doc = "Of those messages together, four bytes counting as one.",
             .min = 100,
             .max = 1'000'000});
    v.field("summary_model", &C::summary_model,
            {.doc = "Sums up what no longer fits, when a run begins. Its call is the run's.",
             .example = "gpt-4o-mini",
             .default_note = "none: what no longer fits is forgotten"});
    v.field("summary_tokens_max", &C::summary_tokens_max,
            {.doc = "Of the summary.", .min = 20, .max = 100'000});
  }
};

}  // namespace headgate::agents
