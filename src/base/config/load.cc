#include "base/config/load.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace headgate::base::config {
namespace {

Error unreadable(int error) {
  return fail(Errc::io_failed, "cannot be read: " + std::generic_category().message(error));
}

}  // namespace

Result<std::string> read_config_file(const std::filesystem::path& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) return unreadable(errno);
  std::string text(kFileBytesMax + 1, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return unreadable(errno);
  if (text.size() > kFileBytesMax)
    return fail(Errc::config_invalid, "the file is larger than 1 MiB");
  return text;
}

Error error_of(const Problems& problems) {
  std::string all;
  for (const Problem& problem : problems) all += (all.empty() ? "" : "; ") + problem.sentence();
  return fail(Errc::invalid_request, std::move(all), problems[0].at.path);
}

}  // namespace headgate::base::config
