// Calls to be made later, and their replies, as rows by id. Rows belong to an owner (a tenant, or a
// key without one) and count for a route, whose rows are limited in number and bytes. One thread at
// a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite.h"

namespace headgate::storage {

struct QueuedCall {
  std::string id;
  std::string owner;
  std::string route;
  std::string asked;  // everything but the body, as who makes the call has written it
  std::string body;
  int tries = 0;
  std::int64_t created_unix_us = 0;
  std::int64_t expires_unix_us = 0;

  friend bool operator==(const QueuedCall&, const QueuedCall&) = default;
};

struct QueueLimits {
  std::int64_t calls_max = 0;  // of a route, replies that are kept included
  std::int64_t bytes_max = 0;
};

struct QueuedReply {
  bool done = false;  // false: the call is still to be made, and what follows is empty
  int status = 0;
  std::string head;  // "name: value\r\n"…
  std::string body;
  std::int64_t created_unix_us = 0;
  std::int64_t expires_unix_us = 0;

  friend bool operator==(const QueuedReply&, const QueuedReply&) = default;
};

/// Of this process. Safe from any thread.
struct QueueCounts {
  std::atomic<std::int64_t> waiting{0};  // rows, as of the last change
  std::atomic<std::uint64_t> queued_total{0};
  std::atomic<std::uint64_t> done_total{0};
  std::atomic<std::uint64_t> given_up_total{0};  // their time was over first
};

class QueuedCallTable {
 public:
  static base::Result<QueuedCallTable> open(const std::string& folder,
                                            std::shared_ptr<QueueCounts> counts);

  /// Errc::overloaded when the route has as many, or as much, as it may.
  base::Result<void> insert(const QueuedCall& call, const QueueLimits& limits);
  /// At most `calls_max` that are due, the one that waits longest first. Their next turn is at
  /// `again_unix_us`.
  base::Result<std::vector<QueuedCall>> take(std::int64_t now_unix_us, std::int64_t again_unix_us,
                                             std::int64_t calls_max);
  /// It is to be made later. `tried`: it has been made once more.
  base::Result<void> put_back(std::string_view id, std::int64_t due_unix_us, bool tried);
  base::Result<void> finish(std::string_view id, const QueuedReply& reply);
  /// Errc::not_found when the owner has none of this id, or its time is over.
  base::Result<QueuedReply> find(std::string_view owner, std::string_view id,
                                 std::int64_t now_unix_us);
  /// Forgets what has expired before, at most `rows_max` of it. How many there were.
  base::Result<std::int64_t> expire(std::int64_t before_unix_us, std::int64_t rows_max);

 private:
  QueuedCallTable(Database database, std::shared_ptr<QueueCounts> counts)
      : database_(std::move(database)), counts_(std::move(counts)) {}
  base::Result<void> check_room(const QueuedCall& call, const QueueLimits& limits);
  base::Result<void> count_waiting();

  Database database_;
  std::shared_ptr<QueueCounts> counts_;
};

}  // namespace headgate::storage
