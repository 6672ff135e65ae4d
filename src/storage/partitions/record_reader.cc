#include "storage/partitions/record_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include "storage/journal/record_frame.h"

namespace headgate::storage {

RecordReader::~RecordReader() {
  if (fd_ >= 0) ::close(fd_);
}

bool RecordReader::open(std::int64_t segment) {
  if (segment == segment_ && fd_ >= 0) return true;
  if (fd_ >= 0) ::close(fd_);
  segment_ = segment;
  fd_ = ::open(segment_path(folder_, segment).c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ >= 0;
}

std::optional<telemetry::ExchangeRecord> RecordReader::read(const LogPlace& place) {
  constexpr std::int64_t kRecordBytesMax = std::int64_t{1} << 30;
  if (place.bytes <= 0 || place.bytes > kRecordBytesMax || !open(place.segment)) {
    return std::nullopt;
  }
  const auto size = static_cast<std::size_t>(place.bytes);
  if (bytes_.size() < size) bytes_.resize(size);
  if (::pread(fd_, bytes_.data(), size, place.offset) != place.bytes) return std::nullopt;
  const auto payload = intact_payload({bytes_.data(), size});
  return payload ? decoder_.decode(*payload) : std::nullopt;
}

}  // namespace headgate::storage
