#include "telemetry/export/queue_state.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

namespace headgate::telemetry {
namespace {

constexpr std::uint64_t kMagic = 0x31455545'55514748;  // "HGQUEUE1"
constexpr std::size_t kCopyBytes = 8192;

struct Copy {
  std::uint64_t magic = kMagic;
  std::uint64_t version = 0;
  std::array<std::uint64_t, 3> read{};
  std::array<std::uint64_t, 3> write{};
  std::uint64_t exported = 0;
  std::array<std::uint64_t, 16> lost{};
  std::uint64_t sources = 0;
  std::array<std::array<std::uint64_t, 2>, QueueState::kSourcesMax> source{};
  std::uint64_t checksum = 0;  // of all above
};
static_assert(sizeof(Copy) <= kCopyBytes);
static_assert(std::has_unique_object_representations_v<Copy>);
static_assert(kExportLossCount <= 16);

std::uint64_t checksum_of(const Copy& copy) {
  const auto* bytes = reinterpret_cast<const Bytef*>(&copy);
  return crc32_z(0, bytes, offsetof(Copy, checksum));
}

std::array<std::uint64_t, 3> packed(const QueuePlace& place) {
  return {place.segment, place.offset, place.span};
}
QueuePlace unpacked(const std::array<std::uint64_t, 3>& place) {
  return {place[0], place[1], place[2]};
}

Copy copy_of(const QueueState& state) {
  Copy copy;
  copy.read = packed(state.read);
  copy.write = packed(state.write);
  copy.exported = state.totals.exported;
  std::copy(state.totals.lost.begin(), state.totals.lost.end(), copy.lost.begin());
  copy.sources = state.sources.size();
  for (std::size_t i = 0; i < state.sources.size(); ++i) {
    copy.source[i] = {static_cast<std::uint64_t>(state.sources[i].id), state.sources[i].next};
  }
  return copy;
}

QueueState state_of(const Copy& copy) {
  QueueState state;
  state.read = unpacked(copy.read);
  state.write = unpacked(copy.write);
  state.totals.exported = copy.exported;
  std::copy_n(copy.lost.begin(), kExportLossCount, state.totals.lost.begin());
  for (std::size_t i = 0; i < copy.sources; ++i) {
    state.sources.push_back({static_cast<std::int64_t>(copy.source[i][0]), copy.source[i][1]});
  }
  return state;
}

bool is_sound(const Copy& copy) {
  return copy.magic == kMagic && copy.checksum == checksum_of(copy) &&
         copy.sources <= QueueState::kSourcesMax;
}

}  // namespace

std::string_view name(ExportLoss loss) {
  static constexpr std::array<std::string_view, kExportLossCount> kNames{
      "queue_full", "disk_failed", "damaged", "refused", "rejected"};
  return kNames[static_cast<std::size_t>(loss)];
}

std::uint64_t QueueState::next_of(std::int64_t source) const {
  for (const QueueSource& each : sources) {
    if (each.id == source) return each.next;
  }
  return 0;
}

void QueueState::note(const QueueSource& source) {
  std::erase_if(sources, [&](const QueueSource& each) { return each.id == source.id; });
  sources.push_back(source);
  if (sources.size() > kSourcesMax) sources.erase(sources.begin());
}

base::Result<QueueStateFile> QueueStateFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return base::fail(base::Errc::io_failed, path + ": cannot open: " + std::strerror(errno));
  }
  QueueStateFile file(fd);
  file.load();
  return file;
}

QueueStateFile::QueueStateFile(QueueStateFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      version_(other.version_),
      was_there_(other.was_there_),
      loaded_(std::move(other.loaded_)) {}

QueueStateFile::~QueueStateFile() {
  if (fd_ >= 0) ::close(fd_);
}

void QueueStateFile::load() {
  for (int i = 0; i < 2; ++i) {
    Copy copy;
    const auto offset = static_cast<off_t>(kCopyBytes) * i;
    if (::pread(fd_, &copy, sizeof copy, offset) != static_cast<ssize_t>(sizeof copy)) continue;
    if (!is_sound(copy) || (was_there_ && copy.version < version_)) continue;
    was_there_ = true;
    version_ = copy.version;
    loaded_ = state_of(copy);
  }
}

bool QueueStateFile::save(const QueueState& state) {
  Copy copy = copy_of(state);
  copy.version = ++version_;
  copy.checksum = checksum_of(copy);
  const auto offset = static_cast<off_t>(kCopyBytes * (copy.version % 2));
  return ::pwrite(fd_, &copy, sizeof copy, offset) == static_cast<ssize_t>(sizeof copy);
}

}  // namespace headgate::telemetry
