// The type of one value that may come out of text nobody vouches for: an enum, an integer, money, a
// date, an id, a boolean, or a bounded string. All but the last can say so little that no
// instruction fits in; whatever a type takes comes out in one canonical form. Immutable; safe from
// any thread; total over any bytes.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/quarantine/config.h"
#include "agents/rules/decimal.h"
#include "base/json/writer.h"

namespace headgate::agents {

/// What is wrong with the configuration of a type, and under which key.
struct TypeWrong {
  std::string_view key;
  std::string what;
};

class ValueType {
 public:
  static constexpr std::size_t kIdBytesMax = 64;

  /// What is wrong goes into `wrongs`; the type then takes nothing.
  static ValueType compile(const ResultTypeConfig& config, std::vector<TypeWrong>& wrongs);

  /// The JSON value in canonical form: integers and booleans as such, all else as strings. Nothing:
  /// it is no value of the type.
  std::optional<std::string> read(std::string_view json) const;
  /// Its JSON Schema, null included, for a model that is asked for one.
  void write_schema(base::json::Writer& writer) const;
  ValueKind kind() const { return config_.type; }

 private:
  std::optional<std::string> text(std::string_view json) const;
  std::optional<std::string> integer(std::string_view json) const;
  std::optional<std::string> money(std::string_view json) const;
  std::optional<std::string> boolean(std::string_view json) const;
  bool takes(std::string_view text) const;
  bool is_within(const rules::Decimal& value) const;
  void check_bounds(std::vector<TypeWrong>& wrongs);
  void check_pattern(std::vector<TypeWrong>& wrongs);

  ResultTypeConfig config_;
  std::shared_ptr<const RE2> pattern_;
  std::optional<rules::Decimal> min_;
  std::optional<rules::Decimal> max_;
};

/// Whether it is a day of the calendar: 2026-02-28.
bool is_date(std::string_view text);

}  // namespace headgate::agents
