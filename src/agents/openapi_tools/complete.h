// Tools that are operations of OpenAPI documents, made tools over HTTP when the configuration is
// read, so that whoever looks at a tool later sees one like any other and a run is pinned to what
// was imported. Reads the documents' files; everything wrong at once, each at its key.
#pragma once

#include "agents/definitions/tool_config.h"
#include "base/config/load.h"
#include "base/config/problem.h"

namespace headgate::agents {

/// With Check::file_only no document is read and tools stay as they are.
void complete_openapi(const OpenApiConfigs& documents, base::config::Check check,
                      const base::config::Cursor& root, ToolConfigs& tools,
                      base::config::Problems& problems, base::config::Problems& warnings);

}  // namespace headgate::agents
