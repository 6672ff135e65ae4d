// How a remote MCP server is reached, and the bounds of what it may send. Plain values with
// defaults; whoever makes a client fills them in from the configuration. Nothing here is a secret
// but the environment of a child process.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agents/tools/tool.h"

namespace headgate::agents::mcp {

/// Bounds of one remote server. A name ends in its unit.
struct RemoteLimits {
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t call_timeout_ms = 120'000;
  std::int64_t idle_timeout_ms = 60'000;  // between two pieces of an answer
  std::int64_t message_bytes_max = 8 * 1024 * 1024;
  std::int64_t tools_max = 1'000;
  std::int64_t description_bytes_max = 16 * 1024;
  std::int64_t schema_bytes_max = 256 * 1024;
  std::int64_t list_ttl_max_ms = 3'600'000;
  std::int64_t reconnects_max = 5;  // of one stream of events, without news
};

/// A server that is a child process, started without a shell.
struct ChildOptions {
  std::vector<std::string> command;      // the program and its arguments
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::string folder;                    // to start in; empty: ours
};

enum class EraWish : std::uint8_t { automatic, legacy, modern };

/// What tools are called here, which of them are taken, and what is known of them.
struct ToolNaming {
  std::string prefix;
  std::set<std::string, std::less<>> only;  // empty: all
  std::map<std::string, Effect, std::less<>> effects;
};

struct RemoteOptions {
  std::string name;  // ours, of the server
  ToolNaming naming;
  RemoteLimits limits;
  EraWish era = EraWish::automatic;
  CallerFeatures features;  // that `Questions` answers to
  bool watch = true;        // listen for changes of its lists
};

}  // namespace headgate::agents::mcp
