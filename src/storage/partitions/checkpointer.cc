#include "storage/partitions/checkpointer.h"

#include <utility>

namespace headgate::storage {
namespace {

constexpr int kPages = 1024;      // 16 MiB of log: worth a checkpoint
constexpr int kPagesMany = 4096;  // not the loops' spare time alone any more
constexpr std::chrono::seconds kLook{1};

}  // namespace

base::Result<std::unique_ptr<Checkpointer>> Checkpointer::start(
    Database& writer, std::function<void(std::string_view)> report) {
  auto own = Database::open(writer.path(), Database::Access::read_write);
  if (!own) return own.error();
  const auto set = own->execute("PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64");
  if (!set) return set.error();
  std::unique_ptr<Checkpointer> made(new Checkpointer(writer, std::move(*own), std::move(report)));
  return made;
}

Checkpointer::Checkpointer(Database& writer, Database own,
                           std::function<void(std::string_view)> report)
    : writer_(writer), database_(std::move(own)), report_(std::move(report)) {
  writer_.set_wal_hook(&Checkpointer::committed, this);
  thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  writer_.set_wal_hook(nullptr, nullptr);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    condition_.notify_one();
  }
  priority_.beside();
  thread_.join();
}

// After each commit, by the writer's thread. A call that comes between the look and the sleep costs
// kLook and needs no lock.
int Checkpointer::committed(void* self, sqlite3* /*connection*/, const char* /*database*/,
                            int pages) {
  auto* checkpointer = static_cast<Checkpointer*>(self);
  if (pages >= kPagesMany) checkpointer->priority_.beside();
  if (pages < kPages) return SQLITE_OK;
  if (!checkpointer->wanted_.exchange(true)) checkpointer->condition_.notify_one();
  return SQLITE_OK;
}

void Checkpointer::run() {
  priority_.begin();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    condition_.wait_for(lock, kLook, [&] { return stopping_ || wanted_.load(); });
    if (stopping_ || !wanted_.load()) continue;
    priority_.behind();  // under the lock, so that the end never finds it on its way there
    lock.unlock();
    checkpoint();
    wanted_.store(false);
    lock.lock();
  }
}

void Checkpointer::checkpoint() {
  const auto done = database_.integer("PRAGMA wal_checkpoint(PASSIVE)");
  if (!done && !failing_) report_("the write-ahead log grows: " + done.error().detail);
  failing_ = !done;
}

}  // namespace headgate::storage
