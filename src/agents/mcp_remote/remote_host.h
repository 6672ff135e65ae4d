// One remote MCP server for all loops: it lives on its home loop, and every list and call goes
// there and comes back. A server that cannot be reached is asked again after a pause; meanwhile it
// offers what it did before. Made before the loops run; methods may be called on any of them.
// release() lets go of what belongs to the home loop, before that ends.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "agents/mcp_client/client.h"
#include "base/async/handoff.h"

namespace headgate::agents::mcp {

class RemoteHost {
 public:
  /// `log` outlives it.
  RemoteHost(base::Loop& home, std::string name, std::vector<std::string> scopes,
             base::Duration list_time, base::Log& log);

  /// REQUIRED before the loops run.
  void own(std::shared_ptr<RemoteServer> server) { server_ = std::move(server); }
  void release() { server_.reset(); }

  const std::string& name() const { return name_; }
  bool is_for(const base::Principal& principal) const;

  /// A list under way. Stands in the frame of whoever waits for it.
  class Listing {
   public:
    Listing(RemoteHost& host, base::Context& ctx);
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    base::Task<Tools> take();

   private:
    base::Handoff<Tools> answer_;
  };

  base::Task<ToolOutcome> call(base::Context& ctx, const ToolCall& call, CallEvents& events);
  /// Lists and calls that failed.
  std::uint64_t failures() const { return failures_.load(); }

 private:
  struct Travel;
  class EventsHome;
  using ToolsTo = std::function<void(base::Result<Tools>)>;
  using OutcomeTo = std::function<void(base::Result<ToolOutcome>)>;
  /// One question for all who want to know: also for the server itself, where it asks us what it is
  /// being asked.
  base::Async<void> list_at_home(ToolsTo to);
  base::Async<void> call_at_home(std::shared_ptr<Travel> travel, OutcomeTo to);
  /// How the last list went.
  void note(const std::optional<base::Error>& error);

  base::Loop& home_;
  const std::string name_;
  const std::vector<std::string> scopes_;
  const base::Duration list_time_;
  base::Log& log_;
  std::atomic<std::uint64_t> failures_{0};

  // Of the home loop.
  std::shared_ptr<RemoteServer> server_;
  Tools known_;
  std::weak_ptr<std::vector<ToolsTo>> listeners_;  // to the list under way, which holds them
  base::MonoTime pause_until_{};
  std::optional<base::Error> down_;
  base::TaskGroup tasks_;
};

}  // namespace headgate::agents::mcp
