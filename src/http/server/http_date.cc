#include "http/server/http_date.h"

#include <array>
#include <ctime>

namespace headgate::http {

const std::string& HttpDate::text(std::int64_t unix_us) {
  const std::int64_t second = unix_us / 1'000'000;
  if (second == second_) return text_;
  second_ = second;
  const auto when = static_cast<std::time_t>(second);
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 64> buffer{};
  const auto n = std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  text_.assign(buffer.data(), n);
  return text_;
}

}  // namespace headgate::http
