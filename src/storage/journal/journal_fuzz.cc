// A journal file of any contents opens or is refused, is read to its end and can be written on. The
// first bytes of the input are the file's head (its checksum made good, or nothing would get past
// it), the rest is spread over the ring.
#include "storage/journal/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "storage/journal/checksum.h"
#include "telemetry/span_codec.h"

namespace {

using headgate::storage::Journal;

constexpr std::size_t kHead = 136;  // of the header page: what is read
constexpr std::size_t kHeaderBytes = 4096;

std::vector<std::byte> file_of(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> file(kHeaderBytes + Journal::kBytesMin);
  const std::size_t head = std::min(size, kHead);
  std::memcpy(file.data(), data, head);
  const std::uint64_t fields[] = {0x4c4e524a47444548, 1, Journal::kBytesMin, 1};
  const std::uint64_t checksum = headgate::storage::xxh64(std::as_bytes(std::span(fields)));
  if (head == kHead && data[0] != 0) {
    std::memcpy(file.data(), fields, sizeof fields);
    std::memcpy(file.data() + sizeof fields, &checksum, sizeof checksum);
  }
  if (size > head)
    std::memcpy(file.data() + kHeaderBytes, data + head, std::min(size - head, Journal::kBytesMin));
  return file;
}

// Reads everything; gives up if that does not end.
std::uint64_t read_all(const Journal& journal, std::uint64_t position) {
  headgate::telemetry::ExchangeDecoder decoder;
  for (std::size_t i = 0; i <= Journal::kBytesMin; ++i) {
    const auto record = journal.read(position);
    if (record.next < position) std::abort();
    position = record.next;
    if (record.payload.empty()) return position;
    (void)decoder.decode(record.payload);
  }
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("journal", 0);
  const auto file = file_of(data, size);
  if (fd < 0 || ::write(fd, file.data(), file.size()) != static_cast<ssize_t>(file.size())) {
    std::abort();
  }
  auto journal = Journal::open("/proc/self/fd/" + std::to_string(fd));
  ::close(fd);
  if (!journal) return 0;
  const std::uint64_t stored = size > 8 ? data[8] * std::uint64_t{4096} : 0;
  const std::uint64_t end = read_all(*journal, journal->resume(stored));
  journal->release(end);
  std::byte* const at = journal->reserve(100);
  if (at == nullptr) return 0;
  std::memset(at, 'x', 100);
  journal->publish();
  const auto record = journal->read(journal->resume(end));
  if (record.payload.size() != 100 || record.skipped_damage) std::abort();
  return 0;
}
