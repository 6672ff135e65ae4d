// Brings the text indexes of all days up to date, piece by piece: first the day that is being
// written, then older ones that were left behind. Of the caretaker's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "storage/text/idle_pace.h"
#include "storage/text/text_index.h"

namespace headgate::storage::text {

/// That may wait for a process that is busy: 2^19 rows, a few hundred MiB of content, which a
/// search reads within its limit or says that it left out.
inline constexpr std::int64_t kChunksWaitingMax = 8192;

class TextIndexer {
 public:
  /// `clock` outlives the indexer.
  TextIndexer(std::string folder, const base::Clock& clock)
      : folder_(std::move(folder)), clock_(clock), pace_(kChunksWaitingMax) {}

  /// The row of a day up to which calls stay; INT64_MAX: all do.
  using SettledTo = std::function<std::int64_t(Day)>;
  /// Does some of what there is to do, a fraction of a second's work at most. False: nothing was.
  base::Result<bool> step(Day writing, const SettledTo& settled_to);
  /// Lets go of a day's files: they are about to be deleted.
  void close();

 private:
  base::Result<bool> open(Day day);
  base::Result<bool> index(Day day, bool closed, std::int64_t settled_to);

  std::string folder_;
  const base::Clock& clock_;
  std::unique_ptr<TextIndexWriter> open_;
  std::set<Day> done_;  // days that nothing is added to
  base::MonoTime added_;
  IdlePace pace_;
};

}  // namespace headgate::storage::text
