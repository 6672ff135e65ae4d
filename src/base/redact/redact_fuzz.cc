// Text put together from pieces that matter (secrets, JSON, escapes) and the input's own bytes:
// what was valid JSON stays valid JSON, and redacting twice changes nothing more.
#include "base/redact/redact.h"

#include <cstdlib>
#include <string>

#include "base/json/cursor.h"

namespace {

const std::string kPieces[] = {"\"",
                               "\\\"",
                               "\\\\\\\"",
                               "\\",
                               "\\n",
                               "\\u00e9",
                               "{",
                               "}",
                               "[",
                               "]",
                               ":",
                               ",",
                               " ",
                               "\n",
                               "{\"a\":\"",
                               "\"}",
                               "\"password\":",
                               "\\\"password\\\":",
                               "\\\\\\\"secret\\\\\\\":",
                               "\"cvv\":12",
                               "\"credit_card\":{",
                               "\"token\":\"",
                               "{\"x\":\"{\\\"password\\\":\\\"",
                               "\\\"}\"}",
                               "1",
                               "-",
                               ".",
                               "41111111"
                               "11111111",
                               "4111 1111"
                               " 1111 1111",
                               "3782 822463"
                               " 10005",
                               "AK"
                               "IA0123456789ABCDEF",
                               "sk"
                               "-0123456789abcdefghijABCDEFGH",
                               "hg"
                               "_0123456789ab_"
                               "0123456789abcdefghij0123456789abcdefghij012",
                               "ey"
                               "J0123456789.ey"
                               "J0123456789.0123456789",
                               "-----BEGIN PRIV"
                               "ATE KEY-----",
                               "-----END PRIV"
                               "ATE KEY-----",
                               "Bear"
                               "er 0123456789abcdef",
                               "://u:",
                               "p@h",
                               "https://a:b@",
                               "np"
                               "m_0123456789abcdefghij0123456789abcdef",
                               "[redacted:card]"};

std::string build(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t piece = data[i] >= 128 ? data[i] - 128U : std::size(kPieces);
    if (piece < std::size(kPieces)) {
      text += kPieces[piece];
    } else {
      text.push_back(static_cast<char>(data[i]));
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static headgate::base::Redactor redactor = *headgate::base::Redactor::create({"x"});
  const std::string text = build(data, size);
  std::string out;
  if (!redactor.redact(text, out)) return 0;
  if (headgate::base::json::valid(text) && !headgate::base::json::valid(out)) std::abort();
  const std::string again = redactor.redacted(out);
  if (again != out) std::abort();
  return 0;
}
