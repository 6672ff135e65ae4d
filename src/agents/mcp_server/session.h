// Sessions of the legacy era: what a client said when it initialised, what it has subscribed to,
// which of its requests are under way and which of ours it has not answered yet. A session belongs
// to one principal; its requests may come on any loop, so everything is behind a lock, and whoever
// waits is told by a receiver that posts to their own loop.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "agents/tools/change_feed.h"
#include "agents/tools/tool.h"
#include "base/clock.h"
#include "base/result.h"

namespace headgate::agents::mcp {

/// What a session is from its beginning to its end.
struct SessionFacts {
  std::string key_id;
  std::string version;
  CallerFeatures features;
};

class Session {
 public:
  using Receiver = std::function<void(base::Result<std::string>)>;
  using Stop = std::function<void()>;

  Session(std::string id, SessionFacts facts, std::size_t subscriptions_max)
      : id_(std::move(id)), facts_(std::move(facts)), subscriptions_max_(subscriptions_max) {}

  const std::string& id() const { return id_; }
  const SessionFacts& facts() const { return facts_; }

  // Our requests to the client.
  /// The id, as it is written, of a request that `receiver` gets the result of.
  std::string expect(Receiver receiver);
  void forget(const std::string& id);
  /// False: no request of that id waits.
  bool answer(const std::string& id, base::Result<std::string> result);

  // The client's requests, by their ids as written.
  void begin(const std::string& id, Stop stop);
  void end(const std::string& id);
  void cancel(const std::string& id);
  /// Whether the client has cancelled it; forgotten at its end.
  bool is_cancelled(const std::string& id) const;

  /// False: there is one already, or the session has ended. `stop` ends the stream.
  bool open_stream(Stop stop);
  void close_stream();

  /// Errors: invalid_request, when there are too many.
  base::Result<void> subscribe(std::string uri);
  void unsubscribe(const std::string& uri);
  bool wants(const Change& change) const;

  void set_log_severity(int severity);
  int log_severity() const;

  /// Ends all that is under way.
  void close();

 private:
  const std::string id_;
  const SessionFacts facts_;
  const std::size_t subscriptions_max_;

  mutable std::mutex mutex_;  // of all below
  bool closed_ = false;
  std::uint64_t next_id_ = 1;
  std::map<std::string, Receiver> expected_;
  std::map<std::string, Stop> running_;
  std::set<std::string> cancelled_;  // of those
  Stop stream_;
  std::set<std::string> subscriptions_;
  int log_severity_ = 6;  // info
};

class Sessions {
 public:
  struct Limits {
    std::size_t sessions_max;
    std::size_t per_key_max;
    base::Duration idle;
    std::size_t subscriptions_max;
  };
  explicit Sessions(const Limits& limits) : limits_(limits) {}

  /// Errors: overloaded.
  base::Result<std::shared_ptr<Session>> create(SessionFacts facts, base::MonoTime now);
  /// Null: there is none of that id for this key. A session that is found is used.
  std::shared_ptr<Session> find(std::string_view id, std::string_view key_id, base::MonoTime now);
  /// Ends it. False: there is none.
  bool remove(std::string_view id, std::string_view key_id);
  void close_all();
  std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<Session> session;
    base::MonoTime used;
  };
  using List = std::list<Entry>;

  std::shared_ptr<Session> take(List::iterator at);
  std::shared_ptr<Session> longest_idle_of(std::string_view key_id);

  const Limits limits_;
  mutable std::mutex mutex_;
  List by_use_;  // the longest idle first
  std::map<std::string, List::iterator, std::less<>> by_id_;
  std::map<std::string, std::size_t, std::less<>> per_key_;
};

}  // namespace headgate::agents::mcp
