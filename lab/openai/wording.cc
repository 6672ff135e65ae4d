#include "lab/openai/wording.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text/strings.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 100;
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kDistanceMax = 2;  // of a name from the one that was meant

/// " Did you mean 'store' or 'stream'?", nearest first; empty when nothing is near.
std::string suggestion(std::string_view name, const json::object& object, Names known) {
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const auto candidate : known) {
    const auto longer = std::max(candidate.size(), name.size());
    const auto shorter = std::min(candidate.size(), name.size());
    if (longer - shorter > kDistanceMax || object.contains(candidate)) continue;
    const auto distance = base::edit_distance(name, candidate);
    if (distance <= kDistanceMax) near.emplace_back(distance, candidate);
  }
  if (near.empty()) return {};
  std::sort(near.begin(), near.end());
  std::vector<std::string_view> names;
  for (const auto& entry : near) names.push_back(entry.second);
  return fmt::format(" Did you mean {}?", quoted_list(names, "or"));
}

template <class Number>
Problem out_of_bounds(std::string_view noun, std::string_view path, Number min, Number max,
                      Number got) {
  if (got >= min && got <= max) return std::nullopt;
  const bool below = got < min;
  auto message = fmt::format(
      "Invalid '{}': {} {} value. Expected a value {} {}, but got {} instead.", path, noun,
      below ? "below minimum" : "above maximum", below ? ">=" : "<=", below ? min : max, got);
  return invalid_request(std::move(message), path,
                         fmt::format("{}_{}_value", noun, below ? "below_min" : "above_max"));
}

}  // namespace

std::string quoted_list(Names names, std::string_view conjunction) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    if (i > 0) out += names.size() > 2 ? ", " : " ";
    if (i > 0 && last) out += fmt::format("{} ", conjunction);
    out += fmt::format("'{}'", names[i]);
  }
  return out;
}

bool contains(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Problem check_names(const json::object& object, Names known, std::string_view path) {
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (contains(known, name)) continue;
    const auto where = path.empty() ? std::string(name) : at(path, name);
    const auto hint = path.empty() ? suggestion(name, object, known) : "";
    return invalid_request(fmt::format("Unknown parameter: '{}'.{}", where, hint), where,
                           "unknown_parameter");
  }
  return std::nullopt;
}

Problem not_one_of(std::string_view path, std::string_view got, Names supported) {
  return invalid_value(path, got, quoted_list(supported));
}

Problem not_a_choice(std::string_view path, const json::value& got, Names supported) {
  return invalid_type(path, fmt::format("one of {}", quoted_list(supported, "or")), got);
}

Problem empty_string(std::string_view path) {
  return invalid_request(
      fmt::format("Invalid '{}': empty string. Expected a string with minimum length 1, but got an "
                  "empty string instead.",
                  path),
      path, "empty_string");
}

Problem empty_array(std::string_view path) {
  return invalid_request(
      fmt::format("Invalid '{}': empty array. Expected an array with minimum length 1, but got an "
                  "empty array instead.",
                  path),
      path, "empty_array");
}

Problem string_too_long(std::string_view path, std::size_t most, std::size_t got) {
  return invalid_request(
      fmt::format("Invalid '{}': string too long. Expected a string with maximum length {}, but "
                  "got a string with length {} instead.",
                  path, most, got),
      path, "string_above_max_length");
}

Problem array_too_long(std::string_view path, std::size_t most, std::size_t got) {
  return invalid_request(
      fmt::format("Invalid '{}': array too long. Expected an array with maximum length {}, but got "
                  "an array with length {} instead.",
                  path, most, got),
      path, "array_above_max_length");
}

Problem check_integer(const json::value& value, std::string_view path, std::int64_t min,
                      std::int64_t max) {
  if (!value.is_int64() && !value.is_uint64()) return invalid_type(path, "an integer", value);
  return out_of_bounds("integer", path, min, max, integer_of(value));
}

std::int64_t integer_of(const json::value& value) {
  return value.is_int64() ? value.get_int64() : std::numeric_limits<std::int64_t>::max();
}

Problem check_decimal(const json::value& value, std::string_view path, double min, double max) {
  if (!value.is_number()) return invalid_type(path, "a decimal", value);
  return out_of_bounds("decimal", path, min, max, value.to_number<double>());
}

Problem check_identifier(const json::value& value, std::string_view path) {
  if (!value.is_string()) return invalid_type(path, "a string", value);
  const std::string_view text = value.get_string();
  if (text.empty()) return empty_string(path);
  if (text.size() > kNameMax) return string_too_long(path, kNameMax, text.size());
  const bool fits = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (fits) return std::nullopt;
  return invalid_request(
      fmt::format("Invalid '{}': string does not match pattern. Expected a string that matches the "
                  "pattern '^[a-zA-Z0-9_-]+$'.",
                  path),
      path, "invalid_value");
}

Problem check_boolean(const json::value& value, std::string_view path) {
  return value.is_bool() ? std::nullopt : invalid_type(path, "a boolean", value);
}

Problem check_text(const json::value& value, std::string_view path) {
  return value.is_string() ? std::nullopt : invalid_type(path, "a string", value);
}

Problem check_choice(const json::value& value, std::string_view path, Names supported) {
  if (!value.is_string()) return not_a_choice(path, value, supported);
  const std::string_view text = value.get_string();
  return contains(supported, text) ? std::nullopt : not_one_of(path, text, supported);
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const auto* value = given(object, key);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string at(std::string_view path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

std::string at(std::string_view path, std::string_view member) {
  return fmt::format("{}.{}", path, member);
}

boost::system::result<json::object, ApiError> parse_body(std::string_view body) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  json::value value = json::parse(body, error, {}, options);
  if (!error && value.is_object()) return std::move(value.get_object());
  return *invalid_request(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using "
      "your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was "
      "not valid JSON. If you have trouble figuring out how to fix this, please contact us through "
      "our help center at help.openai.com.)",
      {});
}

}  // namespace headgate::lab::openai
