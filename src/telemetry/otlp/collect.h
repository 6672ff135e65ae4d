// What both decoders do with what they have read: limits, and which spans are taken. Internal to
// the folder; lives on a decoder's stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/otlp/model.h"

namespace headgate::telemetry::otlp {

/// The attributes of one span, event, link or resource while they are read. What an attribute costs
/// is bounded, whatever came before it: a body may hold millions.
class AttributeList {
 public:
  AttributeList(std::vector<Attribute>& to, std::uint64_t& dropped) : to_(to), dropped_(dropped) {}

  /// Whether the next one is to be read; those behind the first `attributes_max`, repeated and
  /// dropped ones included, are dropped unread.
  bool has_room(const DecodeLimits& limits);
  /// Appends it, or drops it. Of one key the first counts.
  void add(const Attribute& attribute, const DecodeLimits& limits);
  void drop() { ++dropped_; }

 private:
  bool note_key(std::string_view key);

  std::vector<Attribute>& to_;
  std::uint64_t& dropped_;
  std::size_t seen_ = 0;
  std::vector<std::string_view> sorted_;  // the keys of to_, once they are many
};

class Collector {
 public:
  Collector(DecodedRequest& out, const DecodeLimits& limits) : out_(out), limits_(limits) {}

  DecodedRequest& out() { return out_; }
  const DecodeLimits& limits() const { return limits_; }

  /// Whether another span may be taken; when not, it is rejected.
  bool has_room();
  /// Takes a span, or rejects it for what its ids say.
  void add(DecodedSpan span);

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
