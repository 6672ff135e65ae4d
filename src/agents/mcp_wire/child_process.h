// A child process with its three pipes: started without a shell, in a process group of its own,
// with nothing of ours open in it; ended in the way of MCP (its input closed, then asked, then
// killed) and always reaped. It dies with us. Belongs to one loop.
#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <sys/types.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "agents/mcp_wire/config.h"
#include "base/async/loop.h"
#include "base/async/task.h"

namespace headgate::agents::mcp {

class ChildProcess {
 public:
  /// Errors: upstream_connect, when it cannot be started; it says why.
  static base::Result<std::unique_ptr<ChildProcess>> start(base::Loop& loop,
                                                           const ChildOptions& options);
  /// Kills what still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Some bytes of its output; 0 at the end.
  base::Task<std::size_t> read_output(std::span<char> room);
  base::Task<std::size_t> read_errors(std::span<char> room);
  /// All of `bytes` into its input.
  base::Task<void> write(std::string_view bytes);

  /// At once, with all that it has started.
  void kill();
  /// Ends it, and returns when it is gone.
  base::Async<void> end();
  /// How it ended: "exit code 1", "signal 9"; nothing while it runs.
  std::optional<std::string> ended();
  pid_t pid() const { return pid_; }

 private:
  using Pipe = boost::asio::posix::basic_stream_descriptor<base::Executor>;

  ChildProcess(base::Loop& loop, pid_t pid, int input, int output, int errors);
  base::Async<bool> gone_within(base::Duration time);
  static base::Task<std::size_t> read(Pipe& pipe, std::span<char> room);

  base::Loop& loop_;
  const pid_t pid_;
  Pipe input_;
  Pipe output_;
  Pipe errors_;
  std::optional<std::string> ended_;
};

}  // namespace headgate::agents::mcp
