#include "agents/definitions/url_template.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::agents {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// What a server may take for another path once it has decoded it.
bool changes_path(std::string_view segment) {
  const bool separates = segment.find_first_of("/\\") != std::string_view::npos;
  return segment == "." || segment == ".." ||
         (separates && segment.find("..") != std::string_view::npos);
}

}  // namespace

Result<UrlTemplate> UrlTemplate::parse(std::string_view text) {
  constexpr std::string_view kSchemeEnd = "://";
  const std::size_t scheme = text.find(kSchemeEnd);
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + kSchemeEnd.size();
  const std::size_t slash = std::min(text.find('/', host), text.size());
  const std::string_view origin = text.substr(0, slash);
  if (origin.find_first_of("{}") != std::string_view::npos) {
    return fail(Errc::config_invalid, "arguments may stand in the path only, not in the host");
  }
  auto url = base::config::Url::parse(origin);
  if (!url) return url.error();
  UrlTemplate out;
  out.origin_ = std::move(*url);
  std::string_view rest = text.substr(slash);
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return fail(Errc::config_invalid, "has no query and no fragment; give the query as `query`");
  }
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find('/'), rest.size());
    auto segment = Template::parse(rest.substr(0, end));
    if (!segment) return segment.error();
    out.segments_.push_back(std::move(*segment));
    rest.remove_prefix(end);
  }
  return out;
}

std::vector<std::string_view> UrlTemplate::names() const {
  std::vector<std::string_view> out;
  for (const Template& segment : segments_) {
    const auto names = segment.names();
    out.insert(out.end(), names.begin(), names.end());
  }
  return out;
}

bool UrlTemplate::has_each() const {
  return std::any_of(segments_.begin(), segments_.end(),
                     [](const Template& segment) { return segment.has_each(); });
}

Result<std::string> UrlTemplate::path(const Template::Lookup& lookup) const {
  std::string out;
  for (const Template& segment : segments_) {
    const auto names = segment.names();
    const auto filled = segment.fill(lookup);
    if (!filled) {
      return fail(Errc::invalid_request, "an argument of the URL is missing: " +
                                             std::string(names.empty() ? "" : names.front()));
    }
    const bool bad =
        !names.empty() && (filled->empty() || changes_path(*filled) || base::has_control(*filled));
    if (bad) {
      return fail(Errc::invalid_request,
                  "the argument " + std::string(names.front()) + " cannot be part of a path");
    }
    out += '/';
    out += base::percent_encode(*filled);
  }
  return out.empty() ? "/" : out;
}

}  // namespace headgate::agents
