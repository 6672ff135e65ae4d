// Whether a JSON text is what a JSON Schema asks for, and where not. Both come from outside: every
// recursion is bounded, patterns run on RE2 (linear time), and a reference that leads round in a
// circle ends. A compiled schema is immutable: safe from any thread.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace headgate::guardrails {

/// One thing that is wrong with an instance.
struct SchemaBreach {
  std::string where;  // JSON pointer into the instance; empty: the whole
  std::string what;   // "is missing the required property 'id'"
};

class JsonSchema {
 public:
  static constexpr std::size_t kBreachesMax = 20;

  /// Errors: invalid_request, saying what in the schema cannot be used and where.
  static base::Result<JsonSchema> compile(std::string_view schema);
  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;

  /// Empty: `json` is one JSON value, and valid. At most kBreachesMax.
  std::vector<SchemaBreach> check(std::string_view json) const;

 private:
  struct Compiled;
  explicit JsonSchema(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

/// "/lines/0/price: is a string, but must be a number; …", for people and models.
std::string describe(const std::vector<SchemaBreach>& breaches);

}  // namespace headgate::guardrails
