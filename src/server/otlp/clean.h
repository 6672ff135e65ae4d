// Takes out of a span from outside what the content policy does not keep: secrets wherever they
// stand, content as the policy says. Texts become views of what they were or of a record's arena.
// Lives as long as one record is made; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/content/keep.h"
#include "telemetry/span.h"

namespace headgate::server {

class Cleaner {
 public:
  Cleaner(base::Redactor& redactor, telemetry::SecretKeys& secret_keys,
          telemetry::ContentCapture capture, std::size_t bytes_max)
      : redactor_(redactor), secret_keys_(secret_keys), capture_(capture), bytes_max_(bytes_max) {}

  void clean(telemetry::Span& span, std::vector<telemetry::Attribute>& attributes);
  /// Without what is secret in it.
  std::string_view plain(std::string_view text);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::string_view content(std::string_view text, std::uint32_t& cut_bytes);
  bool is_clean(const telemetry::Span& span, const std::vector<telemetry::Attribute>& attributes);
  void clean(telemetry::Attribute& attribute, bool all_clean, std::uint32_t& cut_bytes);

  base::Redactor& redactor_;
  telemetry::SecretKeys& secret_keys_;
  telemetry::ContentCapture capture_;
  std::size_t bytes_max_;
  std::deque<std::string> texts_;
  std::string probe_;
  std::string scratch_;
};

}  // namespace headgate::server
