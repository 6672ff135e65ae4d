// Where a tool over HTTP is called: a fixed scheme, host and port, and a path whose segments may
// hold arguments. An argument fills part of one segment and can never reach another one, the host
// or the query. Pure values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agents/definitions/template.h"
#include "base/config/types.h"

namespace headgate::agents {

class UrlTemplate {
 public:
  /// Errors: config_invalid, in words.
  static base::Result<UrlTemplate> parse(std::string_view text);

  const base::config::Url& origin() const { return origin_; }
  std::vector<std::string_view> names() const;
  /// Whether there is a "{name*}" in it, which has no meaning here.
  bool has_each() const;
  /// The path from '/' on, percent-encoded. Errors: invalid_request: an argument is missing, empty,
  /// or would change which path it is ("..").
  base::Result<std::string> path(const Template::Lookup& lookup) const;

 private:
  base::config::Url origin_;
  std::vector<Template> segments_;
};

}  // namespace headgate::agents
