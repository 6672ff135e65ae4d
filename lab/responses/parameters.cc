#include "lab/responses/parameters.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::at;
using openai::given;
using openai::Names;
using openai::Problem;

constexpr std::int64_t kUnbounded = INT64_MAX;

// The provider's order, measured with requests that have two faults.
constexpr std::string_view kCreate[] = {
    "model",
    "input",
    "previous_response_id",
    "conversation",
    "prompt",
    "moderation",
    "include",
    "tools",
    "tool_choice",
    "metadata",
    "text",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "parallel_tool_calls",
    "stream",
    "stream_options",
    "background",
    "max_output_tokens",
    "max_tool_calls",
    "reasoning",
    "user",
    "safety_identifier",
    "prompt_cache_options",
    "prompt_cache_key",
    "prompt_cache_retention",
    "truncation",
    "instructions",
    "store",
    "service_tier",
    "top_logprobs",
    "context_management",
    "image",
    "access_programs",
};
constexpr std::string_view kCount[] = {
    "model",        "input",      "previous_response_id", "conversation", "tools",
    "tool_choice",  "text",       "parallel_tool_calls",  "reasoning",    "truncation",
    "instructions", "personality"};

constexpr std::string_view kInclude[] = {
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
};

// ---- parameters with members

/// What a member must be, by a function of its value and its path.
using Check = Problem (*)(const json::value& value, std::string_view path);

struct Member {
  std::string_view name;
  Check check;
  bool required = false;
};

Problem check_members(const json::value& value, std::string_view path,
                      std::span<const Member> members) {
  const auto* object = value.if_object();
  if (object == nullptr) return openai::invalid_type(path, "an object", value);
  std::vector<std::string_view> known;
  for (const auto& member : members) known.push_back(member.name);
  if (auto problem = openai::check_names(*object, known, path)) return problem;
  for (const auto& member : members) {
    const auto* found = given(*object, member.name);
    const auto where = at(path, member.name);
    if (found == nullptr && member.required) return openai::missing_parameter(where);
    if (found == nullptr) continue;
    if (auto problem = member.check(*found, where)) return problem;
  }
  return std::nullopt;
}

Problem any(const json::value&, std::string_view) { return std::nullopt; }

Problem boolean(const json::value& value, std::string_view path) {
  return openai::check_boolean(value, path);
}

Problem text(const json::value& value, std::string_view path) {
  return openai::check_text(value, path);
}

Problem effort(const json::value& value, std::string_view path) {
  constexpr std::string_view kEfforts[] = {"none", "minimal", "low", "medium",
                                           "high", "xhigh",   "max"};
  constexpr std::string_view kForIntegers[] = {"minimal", "low", "medium", "high"};
  if (value.is_string()) return openai::check_choice(value, path, kEfforts);
  if (value.is_int64() || value.is_uint64()) return openai::not_a_choice(path, value, kForIntegers);
  return openai::invalid_type(
      path, fmt::format("one of one of {} or integer", openai::quoted_list(kEfforts, "or")), value);
}

Problem summary(const json::value& value, std::string_view path) {
  constexpr std::string_view kSummaries[] = {"concise", "detailed", "auto"};
  return openai::check_choice(value, path, kSummaries);
}

Problem reasoning_context(const json::value& value, std::string_view path) {
  constexpr std::string_view kContexts[] = {"auto", "current_turn", "all_turns"};
  return openai::check_choice(value, path, kContexts);
}

Problem cache_mode(const json::value& value, std::string_view path) {
  constexpr std::string_view kModes[] = {"implicit", "explicit"};
  return openai::check_choice(value, path, kModes);
}

Problem cache_ttl(const json::value& value, std::string_view path) {
  constexpr std::string_view kTimes[] = {"30m", "12h"};
  return openai::check_choice(value, path, kTimes);
}

Problem moderation_mode(const json::value& value, std::string_view path) {
  constexpr std::string_view kModes[] = {"score", "block"};
  return openai::check_choice(value, path, kModes);
}

Problem moderation_side(const json::value& value, std::string_view path) {
  constexpr Member kMembers[] = {{"mode", moderation_mode, true}};
  return check_members(value, path, kMembers);
}

Problem moderation_policy(const json::value& value, std::string_view path) {
  constexpr Member kMembers[] = {{"input", moderation_side}, {"output", moderation_side}};
  return check_members(value, path, kMembers);
}

Problem conversation(const json::value& value, std::string_view path) {
  constexpr Member kMembers[] = {{"id", text, true}};
  return value.is_string() ? std::nullopt : check_members(value, path, kMembers);
}

Problem compression(const json::value& value, std::string_view path) {
  constexpr std::string_view kModes[] = {"auto", "enabled", "disabled"};
  return openai::check_choice(value, path, kModes);
}

Problem cyber(const json::value& value, std::string_view path) {
  constexpr std::string_view kPrograms[] = {"standard", "daybreak_blue", "daybreak_red"};
  return openai::check_choice(value, path, kPrograms);
}

// ---- lists and maps

/// A name of more than 12 characters as the provider shortens it in messages about types.
std::string elided(std::string_view name) {
  if (name.size() <= 12) return std::string(name);
  return fmt::format("{}...{}", name.substr(0, 3), name.substr(name.size() - 3));
}

Problem check_include(const json::value& value, std::string_view path) {
  const auto* list = value.if_array();
  if (list == nullptr) {
    std::vector<std::string> short_names;
    for (const auto name : kInclude) short_names.push_back(elided(name));
    const std::vector<std::string_view> names(short_names.begin(), short_names.end());
    return openai::invalid_type(
        path, fmt::format("an array of one of {}", openai::quoted_list(names, "or")), value);
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = openai::check_choice((*list)[i], at(path, i), kInclude)) return problem;
  }
  return std::nullopt;
}

Problem check_metadata(const json::value& value, std::string_view path) {
  constexpr std::size_t kPairsMax = 16;
  constexpr std::size_t kKeyMax = 64;
  constexpr std::size_t kValueMax = 512;
  const auto* object = value.if_object();
  if (object == nullptr) return openai::invalid_type(path, "a metadata object", value);
  if (object->size() > kPairsMax) {
    return openai::invalid_request(
        fmt::format("Invalid '{}': too many properties. Expected an object with at most {} "
                    "properties, but got an object with {} properties instead.",
                    path, kPairsMax, object->size()),
        path, "object_above_max_properties");
  }
  for (const auto& [key, item] : *object) {
    const std::string_view name = key;
    const auto where = at(path, name);
    if (name.size() > kKeyMax) {
      return openai::invalid_request(
          fmt::format("Invalid property name in '{}': '{}' is too long. Expected a string with "
                      "maximum length {}, but got a string with length {} instead.",
                      path, elided(name), kKeyMax, name.size()),
          where, "property_name_above_max_length");
    }
    if (auto problem = openai::check_text(item, where)) return problem;
    const auto length = item.get_string().size();
    if (length > kValueMax) return openai::string_too_long(where, kValueMax, length);
  }
  return std::nullopt;
}

Problem check_context_management(const json::value& value, std::string_view path) {
  constexpr Member kMembers[] = {{"type", text, true}, {"compact_threshold", any}};
  const auto* list = value.if_array();
  if (list == nullptr) return openai::invalid_type(path, "an array of objects", value);
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = check_members((*list)[i], at(path, i), kMembers)) return problem;
  }
  return std::nullopt;
}

Problem check_text_up_to(const json::value& value, std::string_view path, std::size_t most) {
  if (auto problem = openai::check_text(value, path)) return problem;
  const auto length = value.get_string().size();
  return length > most ? openai::string_too_long(path, most, length) : std::nullopt;
}

// ---- which check is whose

Problem check_with_members(std::string_view name, const json::value& value) {
  constexpr Member kReasoning[] = {
      {"effort", effort}, {"summary", summary}, {"context", reasoning_context}, {"mode", text}};
  constexpr Member kStreamOptions[] = {{"include_obfuscation", boolean}};
  constexpr Member kPrompt[] = {{"id", text, true}, {"variables", any}, {"version", text}};
  constexpr Member kModeration[] = {{"model", text, true}, {"policy", moderation_policy}};
  constexpr Member kCache[] = {{"mode", cache_mode},
                               {"ttl", cache_ttl},
                               {"prewarm", boolean},
                               {"comparison_response_id", text}};
  constexpr Member kImage[] = {{"context_compression", compression}};
  constexpr Member kPrograms[] = {{"cyber", cyber}};
  if (name == "reasoning") return check_members(value, name, kReasoning);
  if (name == "stream_options") return check_members(value, name, kStreamOptions);
  if (name == "prompt") return check_members(value, name, kPrompt);
  if (name == "moderation") return check_members(value, name, kModeration);
  if (name == "prompt_cache_options") return check_members(value, name, kCache);
  if (name == "image") return check_members(value, name, kImage);
  if (name == "access_programs") return check_members(value, name, kPrograms);
  if (name == "conversation") return conversation(value, name);
  return std::nullopt;
}

Problem check_choices(std::string_view name, const json::value& value) {
  constexpr std::string_view kTruncations[] = {"auto", "disabled"};
  constexpr std::string_view kRetentions[] = {"in_memory", "24h"};
  constexpr std::string_view kTiers[] = {"auto",     "default", "fast",     "flex",
                                         "priority", "scale",   "ultrafast"};
  if (name == "truncation") return openai::check_choice(value, name, kTruncations);
  if (name == "prompt_cache_retention") return openai::check_choice(value, name, kRetentions);
  if (name == "service_tier") return openai::check_choice(value, name, kTiers);
  return std::nullopt;
}

Problem check_numbers(std::string_view name, const json::value& value) {
  constexpr std::int64_t kOutputTokensMin = 16;
  if (name == "temperature") return openai::check_decimal(value, name, 0, 2);
  if (name == "top_p") return openai::check_decimal(value, name, 0, 1);
  if (name.ends_with("_penalty")) return openai::check_decimal(value, name, -2, 2);
  if (name == "max_output_tokens") {
    return openai::check_integer(value, name, kOutputTokensMin, kUnbounded);
  }
  if (name == "max_tool_calls") return openai::check_integer(value, name, 1, kUnbounded);
  if (name == "top_logprobs") return openai::check_integer(value, name, 0, 20);
  return std::nullopt;
}

Problem check_scalars(std::string_view name, const json::value& value) {
  constexpr std::string_view kBooleans[] = {"parallel_tool_calls", "stream", "background", "store"};
  constexpr std::string_view kTexts[] = {"previous_response_id", "instructions", "user",
                                         "prompt_cache_key", "personality"};
  if (openai::contains(kBooleans, name)) return openai::check_boolean(value, name);
  if (openai::contains(kTexts, name)) return openai::check_text(value, name);
  if (name == "safety_identifier") return check_text_up_to(value, name, 128);
  return std::nullopt;
}

}  // namespace

Names create_parameters() { return kCreate; }

Names count_parameters() { return kCount; }

Problem check_parameter_names(const json::object& request, Names known) {
  for (const auto& member : request) {
    const std::string_view name = member.key();
    if (openai::contains(known, name)) continue;
    if (name != "messages") break;
    return openai::invalid_request(
        "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to "
        "'input'. Try again with the new parameter. See the API documentation for more "
        "information: https://platform.openai.com/docs/api-reference/responses/create.",
        {}, "unsupported_parameter");
  }
  return openai::check_names(request, known);
}

Problem check_parameter(std::string_view name, const json::value& value) {
  if (name == "include") return check_include(value, name);
  if (name == "metadata") return check_metadata(value, name);
  if (name == "context_management") return check_context_management(value, name);
  for (const auto check : {check_with_members, check_choices, check_numbers, check_scalars}) {
    if (auto problem = check(name, value)) return problem;
  }
  return std::nullopt;
}

}  // namespace headgate::lab::responses
