// How far an export queue has been written and read, from which journals, and what became of its
// spans: one small file, written after each step, in two copies in turn, so that a copy that was
// torn leaves the one before. Owned by the queue; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace headgate::telemetry {

/// Why spans never arrived.
enum class ExportLoss : std::uint8_t {
  queue_full,
  disk_failed,  // the queue could not be written
  damaged,      // or not be read
  refused,      // the collector will not have their request
  rejected,     // it took the request without them (partial success)
};
inline constexpr std::size_t kExportLossCount = static_cast<std::size_t>(ExportLoss::rejected) + 1;
std::string_view name(ExportLoss loss);

/// Spans, since the queue was made.
struct ExportTotals {
  std::uint64_t exported = 0;
  std::array<std::uint64_t, kExportLossCount> lost{};

  std::uint64_t& of(ExportLoss loss) { return lost[static_cast<std::size_t>(loss)]; }
  std::uint64_t of(ExportLoss loss) const { return lost[static_cast<std::size_t>(loss)]; }
};

struct QueuePlace {
  std::uint64_t segment = 1;
  std::uint64_t offset = 0;
  std::uint64_t span = 0;  // how many spans stand before it, since the queue was made
};

/// A journal that records come from, and where in it the next one is.
struct QueueSource {
  std::int64_t id = 0;
  std::uint64_t next = 0;
};

struct QueueState {
  static constexpr std::size_t kSourcesMax = 400;  // older ones are forgotten

  QueuePlace read;
  QueuePlace write;
  ExportTotals totals;
  std::vector<QueueSource> sources;  // the one noted last stands last

  /// 0: nothing of it was taken yet.
  std::uint64_t next_of(std::int64_t source) const;
  void note(const QueueSource& source);
};

class QueueStateFile {
 public:
  /// What is there, or a fresh one.
  static base::Result<QueueStateFile> open(const std::string& path);
  QueueStateFile(QueueStateFile&& other) noexcept;
  QueueStateFile& operator=(QueueStateFile&&) = delete;
  ~QueueStateFile();

  const QueueState& loaded() const { return loaded_; }
  bool was_there() const { return was_there_; }
  bool save(const QueueState& state);

 private:
  explicit QueueStateFile(int fd) : fd_(fd) {}
  void load();

  int fd_ = -1;
  std::uint64_t version_ = 0;  // of the copy written last
  bool was_there_ = false;
  QueueState loaded_;
};

}  // namespace headgate::telemetry
