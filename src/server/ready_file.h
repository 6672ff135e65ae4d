// Tells a harness where the listeners are:
// {"listeners":[{"name":"api","address":"127.0.0.1:41234"}]}, written whole or not at all (a
// temporary file renamed).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace headgate::server {

struct Listener {
  std::string name;
  std::string address;
};

base::Result<void> write_ready_file(const std::filesystem::path& path,
                                    const std::vector<Listener>& listeners);

}  // namespace headgate::server
