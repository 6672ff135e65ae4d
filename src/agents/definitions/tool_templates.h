// All templates of a tool over HTTP, parsed: its URL, its query, its headers, its body. What is
// wrong with them is said for each. Immutable once made; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/definitions/tool_config.h"
#include "agents/definitions/url_template.h"

namespace headgate::agents {

class ToolTemplates {
 public:
  struct Wrong {
    std::string_view section;  // "url", "query", "header_templates", "body"
    std::string key;           // of the query, of a header
    std::string what;
  };
  using Wrongs = std::vector<Wrong>;
  struct Use {
    std::string_view section;
    std::string key;
    std::string name;  // of an argument
  };

  using Headers = std::vector<std::pair<std::string, std::string>>;

  static ToolTemplates parse(const HttpToolConfig& config, Wrongs& wrongs);

  std::vector<Use> uses() const;
  const base::config::Url& origin() const { return url_.origin(); }
  /// Path and query. Errors: invalid_request, naming the argument.
  base::Result<std::string> target(const Template::Lookup& lookup) const;
  /// Those whose argument was given, by name. Errors: likewise, of one that is no header's value.
  base::Result<Headers> headers(const Template::Lookup& lookup) const;
  bool has_body() const { return !body_.empty(); }
  /// REQUIRES: has_body().
  std::string body(const Template::Lookup& lookup) const;

 private:
  using Named = std::vector<std::pair<std::string, Template>>;
  static Named parse_named(std::string_view section,
                           const base::config::OrderedMap<std::string>& texts, Wrongs& wrongs);

  UrlTemplate url_;
  Named query_;
  Named headers_;
  std::string body_;                     // JSON, as configured
  std::vector<std::string> body_names_;  // that it uses
};

/// A JSON value with its strings filled in; members whose argument was not given are left out.
std::string fill_json(std::string_view text, const Template::Lookup& lookup);
/// What its strings name; `wrongs` gets what is wrong with them.
std::vector<std::string> json_template_names(std::string_view text,
                                             std::vector<std::string>& wrongs);

/// The names of an object schema's properties.
std::vector<std::string> property_names(std::string_view schema);

/// Whether a request has this header from whoever sends it, so that no template may give it.
bool is_own_header(std::string_view name);

/// Whether it is filled in from who calls: {principal.user}, {principal.tenant}, {run.id}.
bool is_context_name(std::string_view name);

}  // namespace headgate::agents
