#include "agents/mcp_auth/challenge.h"

#include <cctype>
#include <optional>
#include <utility>

#include "base/text/strings.h"

namespace headgate::agents::mcp {

namespace {

constexpr std::size_t kHeaderBytesMax = 8192;
constexpr std::string_view kScheme = "bearer";

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

/// Reads `name=value` pairs, values in quotes or not.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : rest_(text) {}

  std::optional<std::pair<std::string, std::string>> next() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == ',')) rest_.remove_prefix(1);
    std::size_t n = 0;
    while (n < rest_.size() && is_name_char(rest_[n])) ++n;
    if (n == 0 || n >= rest_.size() || rest_[n] != '=') return std::nullopt;
    std::string name = base::to_lower(rest_.substr(0, n));
    rest_.remove_prefix(n + 1);
    auto value = take_value();
    if (!value) return std::nullopt;
    return std::pair(std::move(name), std::move(*value));
  }

 private:
  std::optional<std::string> take_value() {
    if (!rest_.starts_with('"')) {
      const std::size_t end = std::min(rest_.find_first_of(", "), rest_.size());
      std::string value(rest_.substr(0, end));
      rest_.remove_prefix(end);
      return value;
    }
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      value += rest_[i];
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

}  // namespace

BearerChallenge read_challenge(std::string_view header) {
  BearerChallenge out;
  const std::string_view text = base::trim(header);
  const bool is_bearer = text.size() > kScheme.size() && header.size() <= kHeaderBytesMax &&
                         base::iequals(text.substr(0, kScheme.size()), kScheme) &&
                         text[kScheme.size()] == ' ';
  if (!is_bearer) return out;
  Parameters parameters(text.substr(kScheme.size() + 1));
  while (auto one = parameters.next()) {
    if (one->first == "resource_metadata")
      out.resource_metadata = std::move(one->second);
    else if (one->first == "scope")
      out.scope = std::move(one->second);
    else if (one->first == "error")
      out.error = std::move(one->second);
  }
  return out;
}

}  // namespace headgate::agents::mcp
