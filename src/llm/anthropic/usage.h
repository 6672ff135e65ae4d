// Anthropic's usage object and base::Usage. Anthropic counts input without what was read from or
// written to the prompt cache; ours includes both. In a stream the counters are running totals that
// come in pieces: a member that is there overwrites, nothing is ever added up across events. Of a
// call in several iterations (compaction, fallback, advisor) each is billed, so their sum counts.
// Plain values.
#pragma once

#include <cstdint>
#include <optional>

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/usage.h"

namespace headgate::llm::anthropic {

/// The counters as the provider names them.
struct Counters {
  std::optional<std::int64_t> input;  // neither read from nor written to the cache
  std::optional<std::int64_t> cache_read;
  std::optional<std::int64_t> cache_write;
  std::optional<std::int64_t> cache_write_5m;
  std::optional<std::int64_t> cache_write_1h;
  std::optional<std::int64_t> output;
};

/// What a stream, or one answer, has said of its usage so far.
class UsageTally {
 public:
  /// Reads a usage object, or null, that is next at `cursor`. False: the cursor failed.
  bool read(base::json::Cursor& cursor);
  /// Normalised. Nothing while input or output are unknown, and when numbers contradict each other.
  std::optional<base::Usage> usage() const;

 private:
  bool read_iterations(base::json::Cursor& cursor);
  bool read_counter(base::json::Cursor& cursor, std::optional<std::int64_t>& counter);
  bool read_split(base::json::Cursor& cursor, Counters& counters);
  bool read_detail(base::json::Cursor& cursor, std::string_view name,
                   std::optional<std::int64_t>& counter);
  bool read_known(base::json::Cursor& cursor, std::string_view key, Counters& counters,
                  bool& known);

  Counters top_;
  Counters iterations_;
  std::optional<std::int64_t> thinking_;
  std::optional<std::int64_t> web_searches_;
  base::ServiceTier tier_ = base::ServiceTier::standard;
  bool fast_ = false;
  bool other_models_ = false;  // an iteration is another model's
  bool wrong_ = false;         // a number that cannot be
};

/// Reads a whole answer's usage that is next at `cursor`. False: the cursor failed.
bool read_usage(base::json::Cursor& cursor, std::optional<base::Usage>& usage);

/// Writes the whole object, as answers and streams carry it. Audio has no place in it.
void write_usage(base::json::Writer& out, const base::Usage& usage);

}  // namespace headgate::llm::anthropic
