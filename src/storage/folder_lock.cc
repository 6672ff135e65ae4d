#include "storage/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace headgate::storage {
namespace {

base::Error io_error(const std::string& path, const char* what, const std::string& why) {
  return base::fail(base::Errc::storage_failed, path + ": " + what + ": " + why);
}

base::Error held(const std::string& folder, int fd) {
  char pid[24] = {};
  const ssize_t n = ::pread(fd, pid, sizeof pid - 1, 0);
  std::string who = n > 0 ? " (process " + std::string(pid) + ")" : "";
  return base::fail(base::Errc::conflict, folder + ": another headgate uses this storage folder" +
                                              who +
                                              "; stop it, or give this one a folder of its own");
}

}  // namespace

base::Result<void> create_folder(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::create_directories(folder, error) && !error) return {};  // it was there
  if (!error) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  if (error) return io_error(folder, "cannot create the storage folder", error.message());
  return {};
}

base::Result<FolderLock> FolderLock::acquire(const std::string& folder) {
  const auto created = create_folder(folder);
  if (!created) return created.error();
  const std::string path = folder + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "cannot open the lock file", std::strerror(errno));
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return held(folder, fd);
    return io_error(path, "cannot lock", std::strerror(errno));
  }
  // Only to name the owner in the message above: nothing depends on it.
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    return io_error(path, "cannot write the lock file", std::strerror(errno));
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace headgate::storage
