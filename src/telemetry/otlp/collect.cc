#include "telemetry/otlp/collect.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json/cursor.h"

namespace headgate::telemetry::otlp {
namespace {

constexpr std::size_t kSortFrom = 32;  // attributes of a list; fewer are looked through faster

}  // namespace

bool Collector::has_room() {
  if (out_.spans.size() < limits_.spans_max) return true;
  out_.reject("more spans than one request may hold (" + std::to_string(limits_.spans_max) +
              "); send smaller batches");
  return false;
}

void Collector::add(DecodedSpan span) {
  if (span.trace.empty()) return out_.reject("a span without a valid trace id (16 bytes, not 0)");
  if (span.id.empty()) return out_.reject("a span without a valid span id (8 bytes, not 0)");
  if (span.parent == span.id) span.parent = {};
  out_.spans.push_back(std::move(span));
}

bool AttributeList::has_room(const DecodeLimits& limits) {
  if (++seen_ <= limits.attributes_max) return true;
  drop();
  return false;
}

void AttributeList::add(const Attribute& attribute, const DecodeLimits& limits) {
  const bool fits = !attribute.key.empty() && attribute.key.size() <= limits.key_bytes_max;
  if (fits && note_key(attribute.key)) {
    to_.push_back(attribute);
  } else {
    drop();
  }
}

// False: the list has that key.
bool AttributeList::note_key(std::string_view key) {
  if (to_.size() < kSortFrom) {
    return std::none_of(to_.begin(), to_.end(),
                        [&](const Attribute& other) { return other.key == key; });
  }
  if (sorted_.empty()) {
    for (const Attribute& each : to_) sorted_.push_back(each.key);
    std::sort(sorted_.begin(), sorted_.end());
  }
  const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), key);
  if (at != sorted_.end() && *at == key) return false;
  sorted_.insert(at, key);
  return true;
}

void keep_json(std::string json, Attribute& attribute, DecodedRequest& out) {
  base::json::Cursor cursor(json);
  base::json::Text text;
  attribute.is_json = false;
  if (json == "null") {
    attribute.value = {};
  } else if (cursor.maybe_string(text)) {
    attribute.value = out.keep(text.decode());
  } else {
    attribute.value = out.keep(std::move(json));
    attribute.is_json = true;
  }
}

void append_json_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char digits[40];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view text(digits, static_cast<std::size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace headgate::telemetry::otlp
