// A folder for one test, gone with it.
// For tests of this folder alone; one thread.
// REQUIRES: TMPDIR, or /tmp, can be written.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace headgate::telemetry {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "headgate-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace headgate::telemetry
