// What a rule comes to for one call. A value that is missing, null, of another type than what it is
// compared with, or said twice leaves a comparison undecided, and what an undecided part could turn
// is undecided as a whole: whoever asks takes that for "not allowed". Pure; total over any JSON.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agents/rules/expression.h"

namespace headgate::agents::rules {

enum class Truth : std::uint8_t { no, yes, undecided };

/// The JSON of a root ("args"), or of a fact by its name; nothing: it is not there.
class Roots {
 public:
  virtual ~Roots() = default;
  virtual std::optional<std::string_view> root(std::string_view name) const = 0;
  virtual std::optional<std::string_view> fact(std::string_view name) const = 0;
};

Truth evaluate(const Expression& expression, const Roots& roots);

}  // namespace headgate::agents::rules
