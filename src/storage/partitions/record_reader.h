// Reads records of the record log one after the other, from any process: the file read last stays
// open, and so does the memory of the record. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/partitions/record_log.h"
#include "telemetry/span_codec.h"

namespace headgate::storage {

class RecordReader {
 public:
  explicit RecordReader(std::string folder) : folder_(std::move(folder)) {}
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  /// The record at `place`, its checksum verified; nothing when it is gone or damaged. Views are
  /// valid until the next call.
  std::optional<telemetry::ExchangeRecord> read(const LogPlace& place);

 private:
  bool open(std::int64_t segment);

  std::string folder_;
  int fd_ = -1;
  std::int64_t segment_ = 0;
  std::vector<std::byte> bytes_;
  telemetry::ExchangeDecoder decoder_;
};

}  // namespace headgate::storage
