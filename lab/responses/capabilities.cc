#include "lab/responses/capabilities.h"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::given;
using openai::Names;
using openai::Problem;

constexpr std::string_view kSmall[] = {"low", "medium", "high"};
constexpr std::string_view kWithMinimal[] = {"minimal", "low", "medium", "high"};
constexpr std::string_view kWithNone[] = {"none", "low", "medium", "high"};
constexpr std::string_view kWithXhigh[] = {"none", "low", "medium", "high", "xhigh"};
constexpr std::string_view kAll[] = {"none", "low", "medium", "high", "xhigh", "max"};

struct ModelFamily {
  std::string_view prefix;
  bool reasons;
  Names efforts;
  std::string_view default_effort;
  bool has_phases;
  bool bills_cache_writes;
};
// The first that fits.
constexpr std::array<ModelFamily, 17> kFamilies{{
    {"gpt-3.5", false, {}, "", false, false},
    {"gpt-4", false, {}, "", false, false},
    {"chatgpt-4o", false, {}, "", false, false},
    {"gpt-5-chat", false, {}, "", false, false},
    {"o1", true, kSmall, "medium", false, false},
    {"o3", true, kSmall, "medium", false, false},
    {"o4", true, kSmall, "medium", false, false},
    {"codex-mini", true, kSmall, "medium", false, false},
    {"computer-use", true, kSmall, "medium", false, false},
    {"gpt-5.1", true, kWithNone, "none", false, false},
    {"gpt-5.2", true, kWithXhigh, "none", false, false},
    {"gpt-5.3", true, kWithXhigh, "medium", true, false},
    {"gpt-5.4", true, kWithXhigh, "none", true, false},
    {"gpt-5.5", true, kWithXhigh, "medium", true, false},
    {"gpt-5.", true, kAll, "medium", true, true},
    {"gpt-5", true, kWithMinimal, "medium", false, false},
    {"gpt-6", true, kAll, "medium", true, true},
}};

const ModelFamily* family_of(std::string_view model) {
  const auto* found =
      std::find_if(kFamilies.begin(), kFamilies.end(),
                   [&](const ModelFamily& family) { return model.starts_with(family.prefix); });
  return found == kFamilies.end() ? nullptr : found;
}

Problem unsupported(std::string_view parameter, std::string_view code) {
  return openai::invalid_request(
      fmt::format("Unsupported parameter: '{}' is not supported with this model.", parameter),
      parameter, code);
}

Problem unsupported_value(std::string_view parameter, std::string_view value,
                          std::string_view model, Names supported) {
  return openai::invalid_request(
      fmt::format("Unsupported value: '{}' is not supported with the '{}' model. Supported values "
                  "are: {}.",
                  value, model, openai::quoted_list(supported)),
      parameter, "unsupported_value");
}

bool includes(const json::object& request, std::string_view what) {
  const auto* include = given(request, "include");
  const auto* list = include ? include->if_array() : nullptr;
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& entry) {
           return entry.is_string() && entry.get_string() == what;
         });
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const auto* value = given(object, key);
  return value ? value->if_object() : nullptr;
}

/// A model that does not reason.
Problem check_plain(std::string_view model, const json::object& request) {
  if (const auto* reasoning = object_at(request, "reasoning")) {
    for (const std::string_view member : {"effort", "summary"}) {
      if (given(*reasoning, member)) {
        return unsupported(openai::at("reasoning", member), "unsupported_parameter");
      }
    }
  }
  if (includes(request, "reasoning.encrypted_content")) {
    return openai::invalid_request("Encrypted content is not supported with this model.",
                                   "include");
  }
  const auto* text = object_at(request, "text");
  const auto verbosity = text ? openai::text_of(*text, "verbosity") : std::string_view();
  constexpr std::string_view kMedium[] = {"medium"};
  if (verbosity.empty() || verbosity == "medium") return std::nullopt;
  return unsupported_value("text.verbosity", verbosity, model, kMedium);
}

bool is_one(const json::value& number) { return number.to_number<double>() == 1; }

/// A model that reasons, as long as it does.
Problem check_sampling(const json::object& request) {
  const auto* temperature = given(request, "temperature");
  if (temperature && !is_one(*temperature)) return unsupported("temperature", "");
  for (const std::string_view name : {"top_p", "presence_penalty", "frequency_penalty"}) {
    if (given(request, name)) return unsupported(name, "");
  }
  constexpr std::string_view kNoLogprobs = "logprobs are not supported with reasoning models.";
  if (includes(request, "message.output_text.logprobs")) {
    return openai::invalid_request(std::string(kNoLogprobs), "include", "unsupported_parameter");
  }
  const auto* logprobs = given(request, "top_logprobs");
  if (logprobs == nullptr || openai::integer_of(*logprobs) == 0) return std::nullopt;
  return openai::invalid_request(std::string(kNoLogprobs), "top_logprobs", "unsupported_parameter");
}

}  // namespace

Capabilities capabilities_of(std::string_view model) {
  const auto* family = family_of(model);
  if (family == nullptr) return {};
  return {true, family->reasons, family->has_phases, family->bills_cache_writes,
          family->default_effort};
}

Problem check_capabilities(std::string_view model, const json::object& request) {
  const auto* family = family_of(model);
  if (family == nullptr) return std::nullopt;
  if (!family->reasons) return check_plain(model, request);
  const auto* reasoning = object_at(request, "reasoning");
  std::string_view effort = reasoning ? openai::text_of(*reasoning, "effort") : std::string_view();
  if (!effort.empty() && !openai::contains(family->efforts, effort)) {
    return unsupported_value("reasoning.effort", effort, model, family->efforts);
  }
  if (effort.empty()) effort = family->default_effort;
  return effort == "none" ? std::nullopt : check_sampling(request);
}

}  // namespace headgate::lab::responses
