// What the tests of redaction share: secrets put together from pieces, so that no scanner takes the
// sources for a leak, and the check of a table of texts. For tests alone.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json/cursor.h"
#include "base/redact/redact.h"

namespace headgate::base::redact {

struct Sample {
  std::string in;
  std::string out;
};

inline std::string glue(std::string_view a, std::string_view b, std::string_view c = {},
                        std::string_view d = {}) {
  return std::string(a).append(b).append(c).append(d);
}

/// `count` letters and digits that look random.
inline std::string noise(std::size_t count) {
  constexpr std::string_view kAlphabet =
      "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xYzAbCdEfGhIjKlMnOpQrStUvWxYz";
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(kAlphabet[(i * 7 + count) % 59]);
  return out;
}

inline std::string upper(std::size_t count) {
  std::string out = noise(count);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

inline std::string hex_digits(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back("0123456789abcdef"[(i * 7 + 3) % 16]);
  return out;
}

/// The secret goes, nothing else does, JSON stays JSON, and a second time changes nothing.
inline void expect_redacted(const std::vector<Sample>& samples) {
  Redactor redactor = *Redactor::create();
  for (const Sample& sample : samples) {
    std::string out;
    EXPECT_TRUE(redactor.redact(sample.in, out)) << sample.in;
    EXPECT_EQ(out, sample.out);
    EXPECT_EQ(redactor.redacted(out), out);
    if (json::valid(sample.in)) {
      EXPECT_TRUE(json::valid(out)) << out;
    }
  }
}

inline void expect_untouched(const std::vector<std::string>& texts) {
  Redactor redactor = *Redactor::create();
  for (const std::string& text : texts) {
    std::string out = "untouched";
    EXPECT_FALSE(redactor.redact(text, out)) << text << " gave " << out;
    EXPECT_EQ(out, "untouched");
  }
}

}  // namespace headgate::base::redact
