// How deep runs of agents stand within one another when agents call agents as tools of `/mcp`: a
// run says so in its metadata, a call of a remote tool in its `_meta`, and beyond a bound no run is
// begun, so that an agent that calls itself comes to an end. Pure.
#pragma once

#include <string>
#include <string_view>

namespace headgate::agents {

inline constexpr int kNestingMax = 4;

/// Of a run that stands within so many others; empty: within none.
std::string nested_metadata(int nesting);
/// Within how many runs one stands.
int nesting_of(std::string_view metadata);

}  // namespace headgate::agents
