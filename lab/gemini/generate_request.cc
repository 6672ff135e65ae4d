#include "lab/gemini/generate_request.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "lab/gemini/contents.h"
#include "lab/gemini/request_messages.h"
#include "lab/gemini/response_schema.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 100;
constexpr std::size_t kStopsMax = 5;
constexpr std::size_t kNameMax = 64;
constexpr std::string_view kType = "GenerateContentRequest";

std::string at(std::string_view rest) { return fmt::format("{}.{}", kType, rest); }
std::string in_config(std::string_view rest) {
  return fmt::format("{}.generation_config.{}", kType, rest);
}

bool is_function_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > kNameMax || !(is_letter(name[0]) || name[0] == '_')) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("_.:-").find(c) != std::string_view::npos;
  });
}

Problem first_of(const std::vector<std::string>& problems) {
  if (problems.empty()) return std::nullopt;
  std::string lines;
  for (const auto& problem : problems) lines += fmt::format("* {}\n", problem);
  return ApiError{400, std::move(lines)};
}

class GenerateReader {
 public:
  GenerateReader(const json::object& request, const RecentSet& signed_calls, Prompt& out)
      : request_(request), signed_calls_(signed_calls), out_(out) {}

  Problem read() {
    if (auto problem = read_tools()) return problem;
    if (auto problem = read_tool_config()) return problem;
    if (auto problem = read_system(request_, out_)) return problem;
    if (auto problem = read_contents(request_, kType, signed_calls_, out_)) return problem;
    if (!text_in(request_, "cached_content").empty()) {
      return ApiError{403, "CachedContent not found (or permission denied)"};
    }
    if (const auto* config = object_in(request_, "generation_config")) return read_config(*config);
    return std::nullopt;
  }

 private:
  Problem read_tools() {
    const auto tools = items_in(request_, "tools");
    for (std::size_t i = 0; i < tools.size(); ++i) {
      const auto functions = items_in(tools[i]->get_object(), "function_declarations");
      for (std::size_t j = 0; j < functions.size(); ++j) {
        const auto path = at(fmt::format("tools[{}].function_declarations[{}]", i, j));
        if (auto problem = read_function(functions[j]->get_object(), path)) return problem;
      }
    }
    if (const auto* all = field(request_, "tools")) {
      const std::string text = json::serialize(*all);
      out_.tokens += count_tokens(text);
      out_.cache_text += text;
    }
    return std::nullopt;
  }

  Problem read_function(const json::object& function, const std::string& path) {
    const std::string name = text_in(function, "name");
    if (!is_function_name(name)) {
      return invalid(path + ".name",
                     "[FIELD_INVALID] Invalid function name. Must start with a letter or an "
                     "underscore. Must be alphameric (a-z, A-Z, 0-9), underscores (_), dots (.), "
                     "colons (:) or dashes (-), with a maximum length of 64.");
    }
    const auto* parameters = field(function, "parameters");
    const auto* schema = field(function, "parameters_json_schema");
    if (parameters && schema) {
      return invalid(path,
                     "parameters and parameters_json_schema are mutually exclusive, only one may "
                     "be set.");
    }
    OfferedTool tool{name, nullptr};
    if (parameters) {
      if (auto problem = first_of(schema_problems(*parameters, path + ".parameters"))) {
        return problem;
      }
      tool.parameters = json_schema_of(*parameters);
    }
    if (schema && !schema->is_object()) {
      return invalid(path + ".parameters_json_schema", "must be an object");
    }
    if (schema) tool.parameters = *schema;
    const bool twice = std::any_of(out_.tools.begin(), out_.tools.end(),
                                   [&](const OfferedTool& other) { return other.name == name; });
    if (twice) {
      return ApiError{400, fmt::format("Duplicate function declaration found: {}", name)};
    }
    out_.tools.push_back(std::move(tool));
    return std::nullopt;
  }

  Problem read_tool_config() {
    const auto* config = object_in(request_, "tool_config");
    const auto* calling = config ? object_in(*config, "function_calling_config") : nullptr;
    if (calling == nullptr) return std::nullopt;
    const auto path = at("tool_config.function_calling_config");
    const std::string mode = text_in(*calling, "mode");
    const auto names = items_in(*calling, "allowed_function_names");
    if (!names.empty() && mode != "ANY" && mode != "VALIDATED") {
      return invalid(path + ".allowed_function_names",
                     "only allowed when the function calling mode is ANY or VALIDATED");
    }
    if (mode == "ANY" && out_.tools.empty()) {
      return invalid(path, "Function calling config is set without function_declarations.");
    }
    if (mode == "ANY") out_.tool_choice = ToolChoice::required;
    if (mode == "NONE") out_.tool_choice = ToolChoice::none;
    for (const auto* name : names) {
      out_.tools_allowed.emplace_back(name->get_string());
      if (!may_call(out_, out_.tools_allowed.back())) {
        return invalid(path + ".allowed_function_names",
                       fmt::format("function '{}' is not declared", out_.tools_allowed.back()));
      }
    }
    return std::nullopt;
  }

  Problem read_config(const json::object& config) {
    if (auto problem = check_ranges(config)) return problem;
    if (auto problem = read_limits(config)) return problem;
    if (auto problem = read_format(config)) return problem;
    return read_thinking(config);
  }

  static Problem check_ranges(const json::object& config) {
    struct Range {
      std::string_view name;
      double min;
      double max;
    };
    constexpr Range kRanges[] = {{"temperature", 0, 2},
                                 {"top_p", 0, 1},
                                 {"top_k", 1, 1000},
                                 {"presence_penalty", -2, 2},
                                 {"frequency_penalty", -2, 2},
                                 {"candidate_count", 1, 8},
                                 {"max_output_tokens", 1, 2e9},
                                 {"logprobs", 0, 20}};
    for (const auto& [name, min, max] : kRanges) {
      if (field(config, name) == nullptr) continue;
      const auto whole = static_cast<double>(integer_in(config, name, 0));
      const double value = number_in(config, name, whole);
      if (value >= min && value <= max) continue;
      return invalid(in_config(name), fmt::format("must be in the range [{}, {}]", min, max));
    }
    return std::nullopt;
  }

  Problem read_limits(const json::object& config) {
    out_.choices = integer_in(config, "candidate_count", 1);
    if (field(config, "max_output_tokens")) {
      out_.tokens_max = integer_in(config, "max_output_tokens", 0);
    }
    for (const auto* stop : items_in(config, "stop_sequences")) {
      out_.stop.emplace_back(stop->get_string());
    }
    if (out_.stop.size() <= kStopsMax) return std::nullopt;
    return invalid(in_config("stop_sequences"),
                   fmt::format("at most {} stop sequences may be specified", kStopsMax));
  }

  Problem read_format(const json::object& config) {
    const std::string type = text_in(config, "response_mime_type");
    for (const std::string_view known : {"", "text/plain", "application/json", "application/xml",
                                         "application/yaml", "text/x.enum"}) {
      if (type == known) return read_schema(config, type);
    }
    return invalid(in_config("response_mime_type"),
                   "allowed mimetypes are `text/plain`, `application/json`, `application/xml`, "
                   "`application/yaml` and `text/x.enum`.");
  }

  Problem read_schema(const json::object& config, const std::string& type) {
    const auto* schema = field(config, "response_schema");
    const auto* json_schema = field(config, "response_json_schema");
    if (schema && json_schema) {
      return invalid(in_config("response_json_schema"),
                     "response_schema and response_json_schema are mutually exclusive, only one "
                     "may be set.");
    }
    if (type == "application/json") out_.format = ReplyFormat::json_object;
    if (schema == nullptr && json_schema == nullptr) return std::nullopt;
    if (type != "application/json" && type != "text/x.enum") {
      return invalid(in_config("response_mime_type"),
                     "a response schema is only allowed with `application/json` or `text/x.enum`.");
    }
    if (schema) {
      if (auto problem = first_of(schema_problems(*schema, in_config("response_schema")))) {
        return problem;
      }
    }
    out_.format = type == "text/x.enum" ? ReplyFormat::choice : ReplyFormat::json_schema;
    out_.schema = schema ? json_schema_of(*schema) : *json_schema;
    return std::nullopt;
  }

  Problem read_thinking(const json::object& config) {
    const auto* thinking = object_in(config, "thinking_config");
    if (thinking == nullptr) return std::nullopt;
    const bool has_budget = field(*thinking, "thinking_budget") != nullptr;
    if (has_budget && field(*thinking, "thinking_level")) {
      return ApiError{400, "You can only set only one of thinking budget and thinking level."};
    }
    const auto budget = integer_in(*thinking, "thinking_budget", -1);
    if (budget < -1) {
      return invalid(in_config("thinking_config.thinking_budget"), "must be -1, 0 or positive");
    }
    if (flag_in(*thinking, "include_thoughts")) out_.thoughts = Thoughts::shown;
    if (budget == 0) out_.thoughts = Thoughts::off;
    return std::nullopt;
  }

  const json::object& request_;
  const RecentSet& signed_calls_;
  Prompt& out_;
};

Prompt empty_prompt(Endpoint endpoint) {
  Prompt prompt;
  prompt.dialect = Dialect::gemini;
  prompt.endpoint = endpoint;
  return prompt;
}

}  // namespace

BodyResult read_body(std::string_view body, const Message& message) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  json::value value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) {
    const std::string why = error ? error.message() : "Root element must be a message.";
    return ApiError{400, fmt::format("Invalid JSON payload received. {}", why)};
  }
  auto violations = violations_of(value, message);
  if (violations.empty()) return value;
  ApiError refused{400, {}};
  for (const auto& violation : violations) {
    refused.message += (refused.message.empty() ? "" : "\n") + violation.description;
  }
  refused.violations = std::move(violations);
  return refused;
}

PromptResult read_generate_request(std::string_view body, const RecentSet& signed_calls) {
  const auto value = read_body(body, kGenerateContentRequest);
  if (!value) return value.error();
  Prompt prompt = empty_prompt(Endpoint::generate);
  if (auto problem = GenerateReader(value->get_object(), signed_calls, prompt).read()) {
    return *problem;
  }
  return prompt;
}

PromptResult read_count_request(std::string_view body, const RecentSet& signed_calls) {
  const auto value = read_body(body, kCountTokensRequest);
  if (!value) return value.error();
  Prompt prompt = empty_prompt(Endpoint::count_tokens);
  const auto& request = value->get_object();
  const auto* whole = object_in(request, "generate_content_request");
  if (whole && field(request, "contents")) {
    return *invalid("CountTokensRequest",
                    "contents and generate_content_request are mutually exclusive");
  }
  auto problem = whole ? GenerateReader(*whole, signed_calls, prompt).read()
                       : read_contents(request, "CountTokensRequest", signed_calls, prompt);
  if (problem) return *problem;
  return prompt;
}

}  // namespace headgate::lab::gemini
