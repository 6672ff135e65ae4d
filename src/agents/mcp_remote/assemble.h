// The servers of the configuration made ready: secrets read, wires and credentials built, each on
// one of the loops in turn. Called once, on the main thread, before the loops run.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/mcp_remote/config.h"
#include "agents/mcp_remote/union_host.h"
#include "base/async/loop.h"

namespace headgate::agents::mcp {

/// All that remote servers are made of. Outlives the loops, which hold the servers themselves.
class RemoteServers {
 public:
  struct Parts {
    std::vector<base::Loop*> loops;
    ChangeFeed& changes;
    base::Log& log;
    /// The value of a variable of our environment; empty: unset.
    std::function<std::string(const std::string&)> environment;
  };
  /// Errors: config_invalid, naming the server; what is wrong with a secret or a certificate.
  static base::Result<std::unique_ptr<RemoteServers>> make(const RemoteConfigs& configs,
                                                           const Parts& parts);
  ~RemoteServers();

  UnionHost& host() { return host_; }
  /// Before the loops end: they hold the servers from now on.
  void release();

 private:
  struct Backing;  // what one server refers to
  RemoteServers() = default;
  base::Result<void> add(const std::string& name, const RemoteConfig& config, const Parts& parts,
                         base::Loop& home);

  std::vector<std::unique_ptr<Backing>> backings_;
  UnionHost host_;
};

}  // namespace headgate::agents::mcp
