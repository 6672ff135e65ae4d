#include "agents/tools/host.h"

#include <algorithm>

namespace headgate::agents {

std::shared_ptr<const Tool> tool_of(const Tools& tools, std::string_view name) {
  const auto found = std::find_if(tools.begin(), tools.end(),
                                  [&](const auto& tool) { return tool->info().name == name; });
  return found == tools.end() ? nullptr : *found;
}

base::Task<std::shared_ptr<const Tool>> ToolHost::find_tool(base::Context& ctx,
                                                            std::string_view name) {
  auto tools = co_await list_tools(ctx);
  if (!tools) co_return tools.error();
  co_return tool_of(*tools, name);
}

}  // namespace headgate::agents
