#include "agents/run/board.h"

#include <algorithm>
#include <utility>

namespace headgate::agents {

using base::Errc;
using base::Result;

bool Board::has_text(const LiveText& text, const Mark& mark) {
  if (!mark.wants_text || text.version == 0 || text.seq != mark.seq) return false;
  return mark.version == text.version ? text.text.size() > mark.seen
                                      : mark.seen > 0 || !text.text.empty();
}

bool Board::has_more(const Live& live, const Mark& mark) {
  return live.seq > mark.seq || has_text(live.text, mark);
}

void Board::tell(Live& live, bool is_over) {
  std::vector<Listener> waiting;
  for (Listener& one : live.listeners) {
    if (is_over || has_more(live, one.mark)) {
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
  tell(at->second, true);
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
  tell(at->second, true);
  live_.erase(at);
}

void Board::published(const std::string& id, std::int64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  Live& live = at->second;
  live.seq = seq;
  if (seq > live.text.seq) live.text.text = {};  // the entry has it, or there is none
  tell(live, false);
}

void Board::text_begins(const std::string& id, std::int64_t seq, std::int64_t step) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  LiveText& text = at->second.text;
  text = {seq, step, text.version + 1, {}};
}

void Board::text_written(const std::string& id, std::string_view piece) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  Live& live = at->second;
  // What is left out is left out to the end.
  live.text.is_cut = live.text.is_cut || live.text.text.size() + piece.size() > kLiveTextBytesMax;
  if (live.text.is_cut) return;
  live.text.text += piece;
  tell(live, false);
}

void Board::text_withdrawn(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return;
  Live& live = at->second;
  live.text = {live.text.seq, live.text.step, live.text.version + 1, {}};
  tell(live, false);
}

std::optional<LiveText> Board::text_behind(const std::string& id, const Mark& mark) const {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end() || !has_text(at->second.text, mark)) return std::nullopt;
  const LiveText& text = at->second.text;
  LiveText out{text.seq, text.step, text.version, {}};
  out.text = text.text.substr(text.version == mark.version ? mark.seen : 0);
  return out;
}

bool Board::listen(const std::string& id, const Mark& mark,
                   std::function<void(Result<void>)> then) {
  const std::lock_guard lock(mutex_);
  const auto at = live_.find(id);
  if (at == live_.end()) return false;
  if (has_more(at->second, mark)) {
    then(Result<void>{});
  } else {
    at->second.listeners.push_back({mark, std::move(then)});
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
