#include "agents/run/board.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace headgate::agents {

using base::Errc;
using base::Result;

namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

}  // namespace

void Board::tell(Live& live, std::int64_t seq) {
  std::vector<Listener> waiting;
  for (Listener& one : live.listeners) {
    if (one.seq < seq || seq == kAll) {
      one.then(Result<void>{});
    } else {
      waiting.push_back(std::move(one));
    }
  }
  live.listeners = std::move(waiting);
}

bool Board::claim(const std::string& id, Wake wake) {
  const std::lock_guard lock(mutex_);
  if (draining_ || live_.count(id) != 0) return false;
  live_[id].wake = std::move(wake);
  return true;
}

bool Board::post(const std::string& id, Command& command) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return false;
  at->second.commands.push_back(std::move(command));
  at->second.wake();
  return true;
}

std::optional<Command> Board::take(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end() || at->second.commands.empty()) return std::nullopt;
  Command out = std::move(at->second.commands.front());
  at->second.commands.pop_front();
  return out;
}

bool Board::wants_cancel(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return false;
  const auto& waiting = at->second.commands;
  return std::any_of(waiting.begin(), waiting.end(),
                     [](const Command& command) { return command.kind == Command::Kind::cancel; });
}

bool Board::leave(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return true;
  if (!at->second.commands.empty()) return false;
  tell(at->second, kAll);
  live_.erase(at);
  return true;
}

void Board::abandon(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  for (const Command& command : at->second.commands) {
    command.then(base::fail(Errc::draining, "the run is not being worked on; try again"));
  }
  tell(at->second, kAll);
  live_.erase(at);
}

void Board::published(const std::string& id, std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  at->second.seq = seq;
  tell(at->second, seq);
}

bool Board::listen(const std::string& id, std::int64_t seq,
                   std::function<void(Result<void>)> then) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return false;
  if (at->second.seq > seq) {
    then(Result<void>{});
  } else {
    at->second.listeners.push_back({seq, std::move(then)});
  }
  return true;
}

void Board::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (auto& [id, live] : live_) live.wake();
}

bool Board::draining() const {
  const std::lock_guard lock(mutex_);
  return draining_;
}

std::size_t Board::live() const {
  const std::lock_guard lock(mutex_);
  return live_.size();
}

}  // namespace headgate::agents
