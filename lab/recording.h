// Exchanges with a real provider, one JSON line each: what was asked (credentials and secrets
// removed), and the answer's bytes with their timing. Answered again by request: method, path and
// body, where the order of JSON keys and the layout of numbers and blanks do not count. Pure but
// for OpenSSL's digest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "lab/plan.h"
#include "lab/request.h"

namespace headgate::lab {

struct RecordedChunk {
  std::int64_t at_us = 0;  // after the request was sent
  std::string bytes;
};

struct RecordedExchange {
  std::string key;
  std::string method;
  std::string path;
  std::string request;  // body, secrets removed
  int status = 0;
  HeaderList headers;  // of the answer, end to end only
  std::int64_t head_us = 0;
  bool chunked = false;
  bool complete = true;  // false: the provider broke off
  std::vector<RecordedChunk> chunks;
};

/// SHA-256 over method, path, query (without `key`) and normalised body, in hex.
std::string request_key(const LabRequest& request);

std::string to_line(const RecordedExchange& exchange);
base::Result<RecordedExchange> from_line(std::string_view line);

/// The same answer, paced as recorded and `speed` times as fast; no waits when `speed` is 0.
Plan replay_plan(const RecordedExchange& exchange, double speed);

/// A file of recorded exchanges. A request that was recorded several times gets its answers in
/// order, and the last one from then on. Single-threaded.
class Recording {
 public:
  /// `file` names it in errors: "file:line: …".
  static base::Result<Recording> parse(std::string_view lines, const std::string& file);

  /// Null when this request was not recorded.
  const RecordedExchange* next(const LabRequest& request);
  std::size_t size() const { return exchanges_.size(); }

 private:
  struct Place {
    std::vector<std::size_t> indexes;
    std::size_t used = 0;
  };
  std::vector<RecordedExchange> exchanges_;
  std::unordered_map<std::string, Place> by_key_;
};

}  // namespace headgate::lab
