// What the configuration says of privilege separation: the types of values that results of a tool
// have, whether a tool's results are trusted, and agents whose models never see what is not. Plain
// values; a run keeps those that it began with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/fields.h"
#include "base/config/types.h"

namespace headgate::agents {

enum class ValueKind : std::uint8_t { enumeration, integer, money, date, id, boolean, string };
/// Of a tool's results.
enum class Trust : std::uint8_t { untrusted, trusted };
/// What becomes of a call whose arguments are tainted and may not be.
enum class OnTaint : std::uint8_t { deny, approve };

/// One of `tools.NAME.result_types`.
struct ResultTypeConfig {
  ValueKind type = ValueKind::string;
  std::string from;
  std::string description;
  std::vector<std::string> values;
  std::string pattern;
  base::config::Json min;
  base::config::Json max;
  std::int64_t decimals_max = 2;
  std::int64_t characters_max = 200;
  std::optional<bool> endorsed;

  template <class V>
  static void fields(V& v);
};

using ResultTypeConfigs = base::config::OrderedMap<ResultTypeConfig>;

/// `agents.NAME.quarantine`.
struct QuarantineConfig {
  std::string reader;
  std::int64_t input_bytes_max = 32 * 1024;
  std::int64_t output_tokens_max = 1'000;

  template <class V>
  static void fields(V& v);
};

template <class V>
void ResultTypeConfig::fields(V& v) {
  using C = ResultTypeConfig;
  v.field("type", &C::type, {.doc = "What the value is.", .required = true});
  v.field("from", &C::from,
          {.doc = "Where it stands in a result that is JSON, as a JSON pointer.",
           .example = "/order/id",
           .default_note = "nowhere: the agent's reader finds it in the text",
           .max = 256});
  v.field("description", &C::description,
          {.doc = "For the reader: what is looked for.", .max = 1024});
  v.field("values", &C::values,
          {.doc = "Of an enum: all that it may be.", .example = "[refund, question]", .max = 200});
  v.field("pattern", &C::pattern,
          {.doc = "Of an id: the RE2 expression that all of it must match.",
           .example = "'ORD-[0-9]{1,9}'",
           .max = 256});
  v.field("min", &C::min, {.doc = "Of an integer or money.", .example = "1"});
  v.field("max", &C::max, {.doc = "Likewise.", .example = "500.00"});
  v.field("decimals_max", &C::decimals_max,
          {.doc = "Of money: digits behind the point.", .min = 0, .max = 6});
  v.field("characters_max", &C::characters_max,
          {.doc = "Of a string; a longer one is dropped.", .min = 1, .max = 2'000});
  v.field("endorsed", &C::endorsed,
          {.doc = "Whether it may be an argument that must not be tainted. Never a string.",
           .example = "false",
           .default_note = "yes; no for strings, and for ids that the reader found"});
}

template <class V>
void QuarantineConfig::fields(V& v) {
  using C = QuarantineConfig;
  v.field("reader", &C::reader,
          {.doc = "The model that finds values in text. It has no tools and no history.",
           .example = "gpt-4o-mini"});
  v.field("input_bytes_max", &C::input_bytes_max,
          {.doc = "Of a text that it reads; the rest is cut off, and the agent is told so.",
           .min = 256,
           .max = 1024 * 1024});
  v.field("output_tokens_max", &C::output_tokens_max,
          {.doc = "Of its answer.", .min = 16, .max = 100'000});
}

}  // namespace headgate::agents

template <>
struct headgate::base::config::EnumNames<headgate::agents::ValueKind> {
  static constexpr std::array<std::string_view, 7> names{"enum", "integer", "money", "date",
                                                         "id",   "boolean", "string"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::Trust> {
  static constexpr std::array<std::string_view, 2> names{"untrusted", "trusted"};
};
template <>
struct headgate::base::config::EnumNames<headgate::agents::OnTaint> {
  static constexpr std::array<std::string_view, 2> names{"deny", "approve"};
};
