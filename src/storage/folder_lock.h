// One process at a time writes a storage folder. The kernel drops the lock when its owner dies,
// however.
#pragma once

#include <string>

#include "base/result.h"

namespace headgate::storage {

/// Creates `folder` (mode 0700) unless it is there.
base::Result<void> create_folder(const std::string& folder);

class FolderLock {
 public:
  /// Creates the folder if need be. Errc::conflict when another process holds the lock.
  static base::Result<FolderLock> acquire(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace headgate::storage
