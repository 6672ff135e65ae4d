#include "telemetry/otlp/collect.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json/cursor.h"

namespace headgate::telemetry::otlp {

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

void Collector::add(std::vector<Attribute>& to, const Attribute& attribute,
                    std::uint64_t& dropped) const {
  const bool fits = !attribute.key.empty() && attribute.key.size() <= limits_.key_bytes_max &&
                    to.size() < limits_.attributes_max;
  const bool is_new = fits && std::none_of(to.begin(), to.end(), [&](const Attribute& other) {
                        return other.key == attribute.key;
                      });
  if (is_new) {
    to.push_back(attribute);
  } else {
    ++dropped;
  }
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
