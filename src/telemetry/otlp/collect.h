// What both decoders do with what they have read: limits, and which spans are taken. Internal to
// the folder; lives on a decoder's stack.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

class Collector {
 public:
  Collector(DecodedRequest& out, const DecodeLimits& limits) : out_(out), limits_(limits) {}

  DecodedRequest& out() { return out_; }
  const DecodeLimits& limits() const { return limits_; }

  /// Whether another span may be taken; when not, it is rejected.
  bool has_room();
  /// Takes a span, or rejects it for what its ids say.
  void add(DecodedSpan span);
  /// Appends an attribute, or counts it in `dropped`. Of one key the first counts.
  void add(std::vector<Attribute>& to, const Attribute& attribute, std::uint64_t& dropped) const;

 private:
  DecodedRequest& out_;
  const DecodeLimits& limits_;
};

/// Gives `attribute` the value that `json`, one JSON value, says: a string as itself, null as an
/// empty string, everything else as JSON. The text is kept in `out`.
void keep_json(std::string json, Attribute& attribute, DecodedRequest& out);

/// A double as JSON that reads as a double again ("1.0"); what JSON has no number for becomes a
/// string: "NaN", "Infinity", "-Infinity".
void append_json_double(std::string& out, double value);

}  // namespace headgate::telemetry::otlp
