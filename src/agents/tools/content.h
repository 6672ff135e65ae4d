// Content blocks, which results of tools are made of: {"type":"text","text":…} and its kin, as MCP
// writes them. Pure functions on JSON text that is valid.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agents/tools/tool.h"

namespace headgate::agents {

/// A result of one block of text.
ToolResult text_result(std::string_view text, bool is_error = false);

/// What of an array of blocks is text, joined by blank lines; of other blocks what they are:
/// "[image/png, 70 bytes]". At most `bytes_max`, cut between characters.
std::string plain_text(std::string_view content, std::size_t bytes_max);

}  // namespace headgate::agents
