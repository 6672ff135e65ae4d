// What Headgate's own tools are to a model and to rules: descriptions, schemas, effects. The
// configuration may say its own words; what it leaves out is filled in when it is read, so that
// whoever looks at a tool later sees one like any other. Pure.
#pragma once

#include "agents/definitions/tool_config.h"

namespace headgate::agents {

/// The same with what configurations of builtins leave out. They all are `pure`, whatever it says,
/// and `human_handoff` always needs approval: a person's answer is its result.
ToolConfigs complete_builtins(const ToolConfigs& tools);

}  // namespace headgate::agents
