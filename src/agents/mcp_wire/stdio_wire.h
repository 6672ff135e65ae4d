// MCP with a child process over its standard input and output, a message a line; several requests
// at once. The process is started when it is needed and again after it has ended, with growing
// pauses. What it writes to standard error goes to the log, within bounds. Belongs to one loop;
// held by shared_ptr, since its own tasks read until the process ends.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agents/mcp_wire/child_process.h"
#include "agents/mcp_wire/wire.h"
#include "base/async/task_group.h"
#include "base/text/log.h"

namespace headgate::agents::mcp {

class StdioWire final : public Wire {
 public:
  /// `log` may be null; it and `limits` outlive the wire.
  StdioWire(base::Loop& loop, std::string name, ChildOptions options, const RemoteLimits& limits,
            base::Log* log);
  ~StdioWire() override;

  base::Task<WireAnswer> request(base::Context& ctx, const WireRequest& request,
                                 WireListener& listener) override;
  base::Task<void> send(base::Context& ctx, const std::string& message) override;
  base::Task<void> listen(base::Context& ctx, WireListener& listener) override;
  void set_version(std::string_view /*version*/) override {}
  bool has_session() const override { return false; }
  void forget_session() override {}
  base::Task<void> close(base::Context& ctx) override;
  bool has_headers() const override { return false; }
  bool alive() const override;
  /// Of the process; -1 where there is none.
  pid_t pid() const;

 private:
  struct Life;  // of one process
  struct ById;
  struct Pending;  // a request that waits
  base::Result<void> ensure_started();
  base::Result<void> put(std::string line);

  base::Loop& loop_;
  const std::string name_;
  const ChildOptions options_;
  const RemoteLimits& limits_;
  base::Log* log_;
  std::shared_ptr<Life> life_;
  base::MonoTime started_at_{};
  base::MonoTime start_after_{};
  base::Duration pause_{};
};

}  // namespace headgate::agents::mcp
