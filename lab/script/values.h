// Scalars and lists of a lab script read from their place in the file. Each getter notes a problem
// and goes on with a default, so that one run reports everything. Pure; on top of base/config's
// document.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.h"
#include "base/config/problem.h"

namespace headgate::lab {

using base::config::Cursor;
using base::config::Problems;

/// Bounds of a number, both included.
struct Bounds {
  double min;
  double max;
};

/// Calls `entry(key, value)` for each entry of a map whose keys are all among `known`; unknown and
/// repeated keys are problems.
void each_entry(const Cursor& at, Problems& problems, std::initializer_list<std::string_view> known,
                const std::function<void(std::string_view key, const Cursor& value)>& entry);
/// The same for a map with keys of the user's choice.
void each_pair(const Cursor& at, Problems& problems,
               const std::function<void(const std::string& key, const Cursor& value)>& entry);
void each_item(const Cursor& at, Problems& problems,
               const std::function<void(const Cursor&)>& item);

std::string read_text(const Cursor& at, Problems& problems);
/// One text, or a list of them.
std::vector<std::string> read_texts(const Cursor& at, Problems& problems);
/// A text that is one of `known`.
std::string read_choice(const Cursor& at, Problems& problems,
                        std::initializer_list<std::string_view> known);
std::optional<bool> read_bool(const Cursor& at, Problems& problems);
std::optional<double> read_number(const Cursor& at, Problems& problems, Bounds bounds);
std::optional<std::int64_t> read_integer(const Cursor& at, Problems& problems, Bounds bounds);
/// Any YAML as JSON: plain scalars become null, booleans and numbers, quoted ones stay strings.
boost::json::value read_json(const Cursor& at, Problems& problems);

}  // namespace headgate::lab
