#include "agents/retrieval/index_pool.h"

#include <sys/stat.h>

#include <utility>

namespace headgate::agents::knowledge {

using base::Result;

namespace {

void nothing() {}

}  // namespace

IndexPool::IndexPool(std::string folder) : folder_(std::move(folder)) {
  for (auto& thread : threads_) thread = std::make_unique<storage::JobThread>(&nothing);
}

void IndexPool::stop() {
  for (auto& thread : threads_) thread.reset();
}

Result<void> IndexPool::open(Connection& connection) {
  struct stat about {};
  const bool is_there = ::stat(index_file(folder_).c_str(), &about) == 0;
  if (connection.database && is_there && about.st_ino == connection.file) return {};
  connection.database.reset();
  auto database = open_index_for_reading(folder_);
  if (!database) return database.error();
  connection.database.emplace(std::move(*database));
  connection.file = about.st_ino;
  return {};
}

Result<SearchResult> IndexPool::run(Connection& connection, const SearchAsk& ask,
                                    const QueryVector& vector) {
  const auto opened = open(connection);
  if (!opened) return opened.error();
  return knowledge::search(*connection.database, cache_, ask, vector);
}

void IndexPool::search(SearchAsk ask, QueryVector vector, Then then) {
  const std::size_t index = next_.fetch_add(1, std::memory_order_relaxed) % kThreads;
  Connection& connection = connections_[index];
  const std::size_t bytes = ask.query.size() + vector.values.size() * sizeof(float);
  auto job = [this, &connection, ask = std::move(ask), vector = std::move(vector), then] {
    then(run(connection, ask, vector));
    --waiting_;
  };
  const bool has_room = waiting_.fetch_add(1) < kWaitingMax;
  if (has_room && threads_[index]->push(std::move(job), bytes)) return;
  --waiting_;
  then(base::fail(base::Errc::overloaded, "too many searches are waiting"));
}

}  // namespace headgate::agents::knowledge
