// Moves SQLite's write-ahead log into the database file, on a thread and a connection of its own:
// that waits for the disk (0.1 s and more), and the writer, who would wait with it, has journals to
// empty. Owned by the partition. The writer's connection tells it how long the log has become.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "storage/sqlite.h"
#include "storage/traces/writer_priority.h"

namespace headgate::storage {

class Checkpointer {
 public:
  /// `writer` no longer moves its log itself and outlives the checkpointer. `report` is called from
  /// its thread.
  static base::Result<std::unique_ptr<Checkpointer>> start(
      Database& writer, std::function<void(std::string_view)> report);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

 private:
  Checkpointer(Database& writer, Database own, std::function<void(std::string_view)> report);
  static int committed(void* self, sqlite3* connection, const char* database, int pages);
  void run();
  void checkpoint();

  Database& writer_;
  Database database_;
  std::function<void(std::string_view)> report_;
  WriterPriority priority_;
  bool failing_ = false;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::atomic<bool> wanted_{false};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::storage
