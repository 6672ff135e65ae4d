#include "storage/sampling/dead_content.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <tuple>

namespace headgate::storage {
namespace {

constexpr std::int64_t kPage = 4096;
using Page = std::array<char, kPage>;

bool all_zero(int fd, std::int64_t from, std::int64_t to) {
  Page page;
  const auto size = static_cast<std::size_t>(to - from);
  if (::pread(fd, page.data(), size, from) != to - from) return false;
  return std::all_of(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(size),
                     [](char c) { return c == 0; });
}

// Records are smaller than pages and go one by one: a page whose other bytes are zeros already goes
// with the last of them.
LogPlace widened(int fd, LogPlace place) {
  const std::int64_t end = place.offset + place.bytes;
  const std::int64_t first = place.offset / kPage * kPage;
  const std::int64_t last = (end + kPage - 1) / kPage * kPage;
  if (first < place.offset && all_zero(fd, first, place.offset)) {
    place = {place.segment, first, end - first};
  }
  if (last > end && all_zero(fd, end, last)) place.bytes = last - place.offset;
  return place;
}

bool overwrite(int fd, const LogPlace& place) {
  const Page zeros{};
  for (std::int64_t at = place.offset; at < place.offset + place.bytes;) {
    const auto size = static_cast<std::size_t>(std::min(kPage, place.offset + place.bytes - at));
    const ssize_t n = ::pwrite(fd, zeros.data(), size, at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
  }
  return true;
}

// File systems that cannot free what is within a file keep the room, not the bytes.
bool erase(int fd, const LogPlace& place) {
  const LogPlace wide = widened(fd, place);
  constexpr int kMode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (::fallocate(fd, kMode, wide.offset, wide.bytes) == 0) return true;
  return overwrite(fd, place);
}

// Until the first that fails.
base::Result<void> erase_of_file(const std::string& path, const LogPlace* begin,
                                 const LogPlace* end) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return {};
  bool erased = fd >= 0;
  for (const LogPlace* at = begin; at != end && erased; ++at) erased = erase(fd, *at);
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (erased) return {};
  return base::fail(base::Errc::storage_failed,
                    path + ": cannot free content: " + std::strerror(error));
}

}  // namespace

std::vector<LogPlace> joined(std::vector<LogPlace> places) {
  std::sort(places.begin(), places.end(), [](const LogPlace& a, const LogPlace& b) {
    return std::tie(a.segment, a.offset) < std::tie(b.segment, b.offset);
  });
  std::vector<LogPlace> out;
  for (const LogPlace& place : places) {
    if (place.bytes <= 0 || place.offset < 0) continue;
    const bool joins = !out.empty() && out.back().segment == place.segment &&
                       out.back().offset + out.back().bytes >= place.offset;
    if (joins) {
      const std::int64_t end =
          std::max(out.back().offset + out.back().bytes, place.offset + place.bytes);
      out.back().bytes = end - out.back().offset;
    } else {
      out.push_back(place);
    }
  }
  return out;
}

base::Result<void> erase_content(const std::string& folder, std::vector<LogPlace> places) {
  const auto all = joined(std::move(places));
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end = std::find_if(
        begin, all.end(), [&](const LogPlace& place) { return place.segment != begin->segment; });
    const auto erased =
        erase_of_file(segment_path(folder, begin->segment), &*begin, &*begin + (end - begin));
    if (!erased) return erased;
    begin = end;
  }
  return {};
}

}  // namespace headgate::storage
