// Everything a filter can ask about: names as they are written, types, and where each value stands
// in the store. One table, which parser, compiler, evaluator and documentation share. Constant.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "storage/query/expression.h"

namespace headgate::storage::query {

enum class Field : std::uint8_t {
  // Text, of the call as a whole.
  request,
  user,
  session,
  workflow,
  tenant,
  tier,
  key,
  route,
  release,
  name,
  error_message,
  finish,
  response,
  model,  // as requested or as served
  // Text, of any span of the call.
  provider,
  kind,
  tool,
  agent,
  attribute,
  // Full text over content.
  text,
  input,
  output,
  // Names of their own.
  trace,
  error,
  status,
  // Flags.
  streamed,
  unpriced,
  // Numbers.
  cost,
  latency,
  ttft,
  time,
  age,
  http,
  tokens,
  tokens_input,
  tokens_output,
  tokens_cached,
  tokens_cache_write,
  tokens_reasoning,
  spans,
  attempts,
};
inline constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::attempts) + 1;

enum class Type : std::uint8_t { text, words, trace, error, flag, count, money, duration, time };

struct FieldRow {
  Field field;
  std::string_view name;
  Type type;
  /// SQL of the value in a row of spans, with `$` for the row's name; empty where it is no column.
  std::string_view sql;
  std::string_view doc;
};

const FieldRow& row(Field field);
std::span<const FieldRow, kFieldCount> all_fields();

/// Whether every span of a call is asked instead of its head alone.
bool of_any_span(Field field);

/// Fields whose values are in the filter of each block, so that `=` skips most of the store.
bool in_block_filter(Field field);

}  // namespace headgate::storage::query
