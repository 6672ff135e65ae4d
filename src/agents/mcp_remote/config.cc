#include "agents/mcp_remote/config.h"

#include <algorithm>

namespace headgate::agents::mcp {

using base::config::Cursor;
using base::config::Problems;

namespace {

constexpr std::size_t kNameBytesMax = 40;

// Names stand in front of those of tools, which models and their APIs read.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         name.find("__") == std::string_view::npos && name.front() != '_' && name.back() != '_' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

}  // namespace

void check(const RemoteConfigs& servers, const Cursor& at, Problems& problems) {
  for (const auto& [name, server] : servers) {
    const Cursor place = at[name];
    if (!is_name(name)) {
      problems.add(place, "the name must be 1 to 40 letters, digits, '-' and single '_' within");
    }
    if (server.url.empty() == server.command.empty()) {
      problems.add(place, "needs either a url or a command");
    }
    for (const auto& [header, secret] : server.headers) {
      if (!base::config::is_header_name(header)) {
        problems.add(place["headers"], "'" + header + "' is no name of a header");
      }
    }
  }
}

}  // namespace headgate::agents::mcp
