#include "lab/request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::lab {
namespace {

template <class Each>
void each_parameter(const LabRequest& request, Each each) {
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    each(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

std::string_view header_of(const LabRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (base::iequals(key, name)) return value;
  }
  return {};
}

bool has_header(const LabRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return base::iequals(header.first, name); });
}

std::string query_value(const LabRequest& request, std::string_view name) {
  std::string found;
  each_parameter(request, [&](std::string_view key, std::string_view value) {
    if (found.empty() && key == name) found = base::percent_decode(value);
  });
  return found;
}

std::string public_target(const LabRequest& request) {
  std::string out = request.path;
  char separator = '?';
  each_parameter(request, [&](std::string_view key, std::string_view value) {
    if (key == "key") return;
    out += fmt::format("{}{}={}", separator, key, value);
    separator = '&';
  });
  return out;
}

std::string_view bearer_of(const LabRequest& request) {
  constexpr std::string_view kBearer = "bearer ";
  const auto sent = header_of(request, "authorization");
  if (sent.size() <= kBearer.size() || !base::iequals(sent.substr(0, kBearer.size()), kBearer)) {
    return {};
  }
  return sent.substr(kBearer.size());
}

}  // namespace headgate::lab
