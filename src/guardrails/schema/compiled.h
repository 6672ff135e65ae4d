// A JSON Schema after every question to its text has been answered once: patterns compiled,
// references found, keywords checked. Internal to the folder; immutable once made.
#pragma once

#include <boost/json/value.hpp>
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"

namespace headgate::guardrails {

/// What a schema's text holds by reference: its patterns, and where its $refs lead.
class SchemaDocument {
 public:
  /// Errors: invalid_request.
  static base::Result<std::unique_ptr<SchemaDocument>> read(std::string_view text);

  const boost::json::value& root() const { return root_; }
  /// REQUIRES: the text stands under `pattern` or `patternProperties` in this document.
  const RE2& pattern(std::string_view text) const;
  /// REQUIRES: the text stands under `$ref` in this document.
  const boost::json::value& target(std::string_view ref) const;

 private:
  SchemaDocument() = default;
  base::Result<void> visit(const boost::json::value& schema, const std::string& where);
  base::Result<void> keyword(std::string_view name, const boost::json::value& value,
                             const std::string& where);
  base::Result<void> visit_each(const boost::json::value& schemas, const std::string& where);
  base::Result<void> add_pattern(std::string_view text, const std::string& where);
  base::Result<void> add_target(const boost::json::value& ref, const std::string& where);
  base::Result<void> resolve_all();
  const boost::json::value* resolve(std::string_view ref) const;

  boost::json::value root_;
  std::unordered_map<std::string, std::unique_ptr<RE2>> patterns_;
  std::unordered_map<std::string, const boost::json::value*> targets_;
  std::unordered_set<const boost::json::value*> visited_;  // schemas that may be checked against
};

}  // namespace headgate::guardrails
