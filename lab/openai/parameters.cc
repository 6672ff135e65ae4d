#include "lab/openai/parameters.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

enum class Kind { number, integer, boolean, text, choice, unchecked };

struct Parameter {
  std::string_view name;
  Kind kind = Kind::unchecked;
  double min = 0;
  double max = 0;
  std::string_view choices;  // blank-separated
};

constexpr double kUnbounded = 9.2e18;

constexpr auto kParameters = std::to_array<Parameter>({
    {"model", Kind::unchecked},
    {"messages", Kind::unchecked},
    {"temperature", Kind::number, 0, 2},
    {"top_p", Kind::number, 0, 1},
    {"frequency_penalty", Kind::number, -2, 2},
    {"presence_penalty", Kind::number, -2, 2},
    {"n", Kind::integer, 1, 128},
    {"max_tokens", Kind::integer, 1, kUnbounded},
    {"max_completion_tokens", Kind::integer, 1, kUnbounded},
    {"top_logprobs", Kind::integer, 0, 20},
    {"seed", Kind::integer, -kUnbounded, kUnbounded},
    {"stream", Kind::boolean},
    {"logprobs", Kind::boolean},
    {"parallel_tool_calls", Kind::boolean},
    {"store", Kind::boolean},
    {"user", Kind::text},
    {"prompt_cache_key", Kind::text},
    {"safety_identifier", Kind::text},
    {"reasoning_effort", Kind::choice, 0, 0, "none minimal low medium high xhigh max"},
    {"service_tier", Kind::choice, 0, 0, "auto default flex scale priority fast"},
    {"verbosity", Kind::choice, 0, 0, "low medium high"},
    {"prompt_cache_retention", Kind::text},
    {"stream_options"},
    {"stop"},
    {"response_format"},
    {"tools"},
    {"tool_choice"},
    {"functions"},
    {"function_call"},
    {"logit_bias"},
    {"metadata"},
    {"modalities"},
    {"audio"},
    {"prediction"},
    {"prompt_cache_options"},
    {"moderation"},
    {"web_search_options"},
});

Problem out_of_bounds(const Parameter& p, const json::value& value) {
  const double number = value.to_number<double>();
  const bool below = number < p.min;
  if (!below && number <= p.max) return std::nullopt;
  const std::string_view noun = p.kind == Kind::integer ? "integer" : "decimal";
  const std::string_view side = below ? "below minimum" : "above maximum";
  auto message =
      fmt::format("Invalid '{}': {} {} value. Expected a value {} {}, but got {} instead.", p.name,
                  noun, side, below ? ">=" : "<=", below ? p.min : p.max, number);
  return invalid_request(std::move(message), p.name,
                         fmt::format("{}_{}_value", noun, below ? "below_min" : "above_max"));
}

Problem check_choice(const Parameter& p, const json::value& value) {
  if (!value.is_string()) return invalid_type(p.name, "a string", value);
  const std::string_view text = value.as_string();
  std::string supported;
  for (std::string_view rest = p.choices; !rest.empty();) {
    const auto blank = std::min(rest.find(' '), rest.size());
    const auto choice = rest.substr(0, blank);
    if (choice == text) return std::nullopt;
    supported += fmt::format("{}'{}'", supported.empty() ? "" : ", ", choice);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return invalid_value(p.name, text, supported);
}

Problem check_one(const Parameter& p, const json::value& value) {
  switch (p.kind) {
    case Kind::number:
      if (!value.is_number()) return invalid_type(p.name, "a decimal", value);
      return out_of_bounds(p, value);
    case Kind::integer:
      if (!value.is_int64() && !value.is_uint64()) return invalid_type(p.name, "an integer", value);
      return out_of_bounds(p, value);
    case Kind::boolean:
      if (!value.is_bool()) return invalid_type(p.name, "a boolean", value);
      return std::nullopt;
    case Kind::text:
      if (!value.is_string()) return invalid_type(p.name, "a string", value);
      return std::nullopt;
    case Kind::choice: return check_choice(p, value);
    case Kind::unchecked: return std::nullopt;
  }
  return std::nullopt;
}

Problem check_stop(const json::object& request) {
  const auto* stop = given(request, "stop");
  if (stop == nullptr || stop->is_string()) return std::nullopt;
  const auto* list = stop->if_array();
  if (list == nullptr) return invalid_type("stop", "a string or an array of strings", *stop);
  if (list->size() > 4) {
    return invalid_request(fmt::format("Invalid 'stop': array too long. Expected an array with "
                                       "maximum length 4, but got an array with length {} instead.",
                                       list->size()),
                           "stop", "array_above_max_length");
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!(*list)[i].is_string())
      return invalid_type(fmt::format("stop[{}]", i), "a string", (*list)[i]);
  }
  return std::nullopt;
}

Problem check_stream_options(const json::object& request) {
  const auto* options = given(request, "stream_options");
  if (options == nullptr) return std::nullopt;
  const auto* stream = given(request, "stream");
  if (stream == nullptr || *stream != json::value(true)) {
    return invalid_request(
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        "stream_options");
  }
  const auto* object = options->if_object();
  if (object == nullptr) return invalid_type("stream_options", "an object", *options);
  for (const auto& [key, value] : *object) {
    const auto param = fmt::format("stream_options.{}", std::string_view(key));
    if (key != "include_usage" && key != "include_obfuscation") {
      return invalid_request(fmt::format("Unknown parameter: '{}'.", param), param,
                             "unknown_parameter");
    }
    if (!value.is_bool() && !value.is_null()) return invalid_type(param, "a boolean", value);
  }
  return std::nullopt;
}

}  // namespace

const json::value* given(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Problem invalid_request(std::string message, std::string_view param, std::string_view code) {
  ApiError error;
  error.message = std::move(message);
  error.param = param;
  error.code = code;
  return error;
}

Problem invalid_type(std::string_view param, std::string_view expected, const json::value& got) {
  std::string_view name = "null";
  if (got.is_object()) name = "an object";
  if (got.is_array()) name = "an array";
  if (got.is_string()) name = "a string";
  if (got.is_bool()) name = "a boolean";
  if (got.is_int64() || got.is_uint64()) name = "an integer";
  if (got.is_double()) name = "a decimal";
  return invalid_request(
      fmt::format("Invalid type for '{}': expected {}, but got {} instead.", param, expected, name),
      param, "invalid_type");
}

Problem invalid_value(std::string_view param, std::string_view got, std::string_view supported) {
  return invalid_request(
      fmt::format("Invalid value: '{}'. Supported values are: {}.", got, supported), param,
      "invalid_value");
}

Problem missing_parameter(std::string_view param) {
  return invalid_request(fmt::format("Missing required parameter: '{}'.", param), param,
                         "missing_required_parameter");
}

Problem check_parameters(const json::object& request) {
  for (const auto& member : request) {
    const std::string_view name = member.key();
    const auto* found = std::find_if(kParameters.begin(), kParameters.end(),
                                     [&](const Parameter& p) { return p.name == name; });
    if (found == kParameters.end()) {
      return invalid_request(fmt::format("Unrecognized request argument supplied: {}", name), {});
    }
    if (member.value().is_null()) continue;
    if (auto problem = check_one(*found, member.value())) return problem;
  }
  return check_stop(request);
}

Problem check_combinations(const json::object& request) {
  if (given(request, "max_tokens") && given(request, "max_completion_tokens")) {
    return invalid_request(
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        "max_tokens", "invalid_parameter_combination");
  }
  const bool has_tools = given(request, "tools") != nullptr;
  for (const std::string_view param : {"tool_choice", "parallel_tool_calls"}) {
    if (has_tools || !given(request, param)) continue;
    return invalid_request(fmt::format("'{}' is only allowed when 'tools' are specified.", param),
                           param);
  }
  const auto* logprobs = given(request, "logprobs");
  if (given(request, "top_logprobs") && (!logprobs || *logprobs != json::value(true))) {
    return invalid_request(
        "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
  }
  return check_stream_options(request);
}

}  // namespace headgate::lab::openai
