// All remote servers as one host: their tools under "server__tool", for each principal those of the
// servers that it may use. A server that cannot be reached takes nothing from the others. Immutable
// once filled; any loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/mcp_remote/remote_host.h"
#include "agents/tools/host.h"

namespace headgate::agents::mcp {

/// Between the names of a server and of its tool.
inline constexpr std::string_view kNameJoint = "__";

class UnionHost final : public ToolHost {
 public:
  /// REQUIRES: no two have one name.
  void add(std::unique_ptr<RemoteHost> host) { hosts_.push_back(std::move(host)); }
  const std::vector<std::unique_ptr<RemoteHost>>& hosts() const { return hosts_; }

  base::Task<Tools> list_tools(base::Context& ctx) override;
  base::Task<std::shared_ptr<const Tool>> find_tool(base::Context& ctx,
                                                    std::string_view name) override;
  base::Task<ToolOutcome> call_tool(base::Context& ctx, const ToolCall& call,
                                    CallEvents& events) override;

 private:
  /// Null: no such server for this principal.
  RemoteHost* host_of(const base::Context& ctx, std::string_view name) const;
  std::vector<std::unique_ptr<RemoteHost>> hosts_;
};

}  // namespace headgate::agents::mcp
