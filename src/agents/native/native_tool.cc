#include "agents/native/native_tool.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

Result<void> check_functions(const ToolConfigs& tools, const NativeFunctions& functions) {
  for (const auto& [name, tool] : tools) {
    if (!tool.native || functions.count(name) != 0) continue;
    return fail(Errc::config_invalid,
                "tools." + name +
                    " is native, and this program has no function for it: register one before the "
                    "start (headgate::Engine::add_tool), or reach the tool by http or mcp");
  }
  return {};
}

Result<void> check_declared(const ToolConfigs& tools, const NativeFunctions& functions) {
  for (const auto& [name, function] : functions) {
    const ToolConfig* tool = tools.find(name);
    if (tool != nullptr && tool->native) continue;
    return fail(Errc::config_invalid, "a function is registered for the tool `" + name +
                                          "`, which the configuration does not have as a native "
                                          "one: tools." +
                                          name + ".native: true");
  }
  return {};
}

}  // namespace headgate::agents
