#include "agents/mcp_server/session.h"

#include <array>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/random.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kExpectedMax = 64;
constexpr std::size_t kUriBytesMax = 4096;

}  // namespace

std::string Session::expect(Receiver receiver) {
  const std::lock_guard lock(mutex_);
  const std::string id = std::to_string(next_id_++);
  if (closed_ || expected_.size() >= kExpectedMax) {
    receiver(fail(Errc::overloaded, "the session has ended or asks too much of its client"));
  } else {
    expected_.emplace(id, std::move(receiver));
  }
  return id;
}

void Session::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  expected_.erase(id);
}

bool Session::answer(const std::string& id, Result<std::string> result) {
  Receiver receiver;
  {
    const std::lock_guard lock(mutex_);
    const auto found = expected_.find(id);
    if (found == expected_.end()) return false;
    receiver = std::move(found->second);
    expected_.erase(found);
  }
  receiver(std::move(result));
  return true;
}

void Session::begin(const std::string& id, Stop stop) {
  const std::lock_guard lock(mutex_);
  if (closed_) return stop();
  running_[id] = std::move(stop);
}

void Session::end(const std::string& id) {
  const std::lock_guard lock(mutex_);
  cancelled_.erase(id);
  running_.erase(id);
}

void Session::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  cancelled_.insert(id);
  found->second();
}

bool Session::is_cancelled(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return cancelled_.count(id) != 0;
}

bool Session::open_stream(Stop stop) {
  const std::lock_guard lock(mutex_);
  if (closed_ || stream_) return false;
  stream_ = std::move(stop);
  return true;
}

void Session::close_stream() {
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
}

Result<void> Session::subscribe(std::string uri) {
  const std::lock_guard lock(mutex_);
  const bool fits = uri.size() <= kUriBytesMax && subscriptions_.size() < subscriptions_max_;
  if (!fits) return fail(Errc::invalid_request, "too many subscriptions, or a URI too long");
  subscriptions_.insert(std::move(uri));
  return {};
}

void Session::unsubscribe(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  subscriptions_.erase(uri);
}

bool Session::wants(const Change& change) const {
  if (change.kind != ChangeKind::resource) return true;
  const std::lock_guard lock(mutex_);
  return subscriptions_.count(change.uri) > 0;
}

void Session::set_log_severity(int severity) {
  const std::lock_guard lock(mutex_);
  log_severity_ = severity;
}

int Session::log_severity() const {
  const std::lock_guard lock(mutex_);
  return log_severity_;
}

void Session::close() {
  std::map<std::string, Receiver> expected;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    expected = std::exchange(expected_, {});
    for (const auto& [id, stop] : running_) stop();
    if (stream_) stream_();
  }
  for (const auto& [id, receiver] : expected) {
    receiver(fail(Errc::cancelled, "the session has ended"));
  }
}

std::shared_ptr<Session> Sessions::take(List::iterator at) {
  std::shared_ptr<Session> session = std::move(at->session);
  const auto count = per_key_.find(session->facts().key_id);
  if (--count->second == 0) per_key_.erase(count);
  by_id_.erase(session->id());
  by_use_.erase(at);
  return session;
}

std::shared_ptr<Session> Sessions::longest_idle_of(std::string_view key_id) {
  for (auto at = by_use_.begin(); at != by_use_.end(); ++at) {
    if (at->session->facts().key_id == key_id) return take(at);
  }
  return nullptr;
}

Result<std::shared_ptr<Session>> Sessions::create(SessionFacts facts, base::MonoTime now) {
  std::vector<std::shared_ptr<Session>> ended;
  std::shared_ptr<Session> made;
  {
    const std::lock_guard lock(mutex_);
    while (!by_use_.empty() && now - by_use_.front().used > limits_.idle) {
      ended.push_back(take(by_use_.begin()));
    }
    const auto mine = per_key_.find(facts.key_id);
    if (mine != per_key_.end() && mine->second >= limits_.per_key_max) {
      ended.push_back(longest_idle_of(facts.key_id));
    }
    if (by_use_.size() < limits_.sessions_max) {
      std::array<std::uint8_t, 16> secret{};
      base::secure_random(secret);
      const std::string_view bytes(reinterpret_cast<const char*>(secret.data()), secret.size());
      ++per_key_[facts.key_id];
      made =
          std::make_shared<Session>(base::hex(bytes), std::move(facts), limits_.subscriptions_max);
      by_id_[made->id()] = by_use_.insert(by_use_.end(), {made, now});
    }
  }
  for (const auto& session : ended) session->close();
  if (!made) return fail(Errc::overloaded, "too many MCP sessions are open; try again later");
  return made;
}

std::shared_ptr<Session> Sessions::find(std::string_view id, std::string_view key_id,
                                        base::MonoTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  Entry& entry = *found->second;
  if (entry.session->facts().key_id != key_id || now - entry.used > limits_.idle) return nullptr;
  entry.used = now;
  by_use_.splice(by_use_.end(), by_use_, found->second);
  return entry.session;
}

bool Sessions::remove(std::string_view id, std::string_view key_id) {
  std::shared_ptr<Session> ended;
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return false;
    if (found->second->session->facts().key_id != key_id) return false;
    ended = take(found->second);
  }
  ended->close();
  return true;
}

void Sessions::close_all() {
  std::vector<std::shared_ptr<Session>> ended;
  {
    const std::lock_guard lock(mutex_);
    while (!by_use_.empty()) ended.push_back(take(by_use_.begin()));
  }
  for (const auto& session : ended) session->close();
}

std::size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return by_use_.size();
}

}  // namespace headgate::agents::mcp
