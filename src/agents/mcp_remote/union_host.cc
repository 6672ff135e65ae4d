#include "agents/mcp_remote/union_host.h"

#include <optional>

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Task;

RemoteHost* UnionHost::host_of(const base::Context& ctx, std::string_view name) const {
  const std::string_view server = name.substr(0, name.find(kNameJoint));
  for (const auto& host : hosts_) {
    if (host->name() == server && host->is_for(*ctx.principal)) return host.get();
  }
  return nullptr;
}

// All at once, so that the slowest of them is waited for and not their sum. A server that fails
// (which is logged and counted) takes nothing from the others.
Task<Tools> UnionHost::list_tools(base::Context& ctx) {
  std::vector<std::unique_ptr<RemoteHost::Listing>> listings;
  for (const auto& host : hosts_) {
    if (!host->is_for(*ctx.principal)) continue;
    listings.push_back(std::make_unique<RemoteHost::Listing>(*host, ctx));
  }
  Tools out;
  std::size_t failed = 0;
  std::optional<base::Error> error;
  for (const auto& listing : listings) {
    auto tools = co_await listing->take();
    if (tools) {
      out.insert(out.end(), tools->begin(), tools->end());
      continue;
    }
    if (tools.error().code == Errc::cancelled) co_return tools.error();
    error = tools.error();
    ++failed;
  }
  if (failed > 0 && failed == listings.size()) co_return *error;
  co_return out;
}

Task<std::shared_ptr<const Tool>> UnionHost::find_tool(base::Context& ctx, std::string_view name) {
  RemoteHost* host = host_of(ctx, name);
  if (host == nullptr) co_return std::shared_ptr<const Tool>();
  RemoteHost::Listing listing(*host, ctx);
  auto tools = co_await listing.take();
  if (!tools) co_return tools.error();
  co_return tool_of(*tools, name);
}

Task<ToolOutcome> UnionHost::call_tool(base::Context& ctx, const ToolCall& call,
                                       CallEvents& events) {
  RemoteHost* host = host_of(ctx, call.name);
  if (host == nullptr) co_return fail(Errc::not_found, "Unknown tool: " + std::string(call.name));
  auto outcome = co_await host->call(ctx, call, events);
  co_return outcome;
}

}  // namespace headgate::agents::mcp
