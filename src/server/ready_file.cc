#include "server/ready_file.h"

#include <fstream>
#include <system_error>

#include "base/text/strings.h"

namespace headgate::server {

using base::Errc;
using base::fail;
using base::Result;

Result<void> write_ready_file(const std::filesystem::path& path,
                              const std::vector<Listener>& listeners) {
  std::string text = "{\"listeners\":[";
  for (const auto& listener : listeners) {
    if (text.back() == '}') text += ',';
    text += "{\"name\":" + base::json_string(listener.name) +
            ",\"address\":" + base::json_string(listener.address) + "}";
  }
  text += "]}\n";
  const std::filesystem::path partial = path.string() + ".partial";
  std::ofstream out(partial, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(partial, path, error);
  if (!out || error) return fail(Errc::io_failed, "cannot write " + path.string());
  return {};
}

}  // namespace headgate::server
