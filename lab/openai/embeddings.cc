#include "lab/openai/embeddings.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "base/text/strings.h"
#include "lab/formats/data_url.h"
#include "lab/formats/embedding.h"
#include "lab/neutral/tokens.h"
#include "lab/openai/wording.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

constexpr std::size_t kInputsMax = 2048;
constexpr std::int64_t kInputTokensMax = 8192;
constexpr std::int64_t kRequestTokensMax = 300'000;
constexpr std::int64_t kTokenIdMax = 1'000'000;
constexpr std::string_view kNames[] = {"model", "input", "dimensions", "encoding_format", "user"};
constexpr std::string_view kFormats[] = {"float", "base64"};

std::size_t dimensions_of(std::string_view model) {
  return model.starts_with("text-embedding-3-large") ? 3072 : 1536;
}

// ---- requests

Problem bad_input() {
  return invalid_request(
      "'$.input' is invalid. Please check the API reference: "
      "https://platform.openai.com/docs/api-reference.",
      {});
}

/// The path of input `index`, which stands in a list or alone.
std::string input_path(const json::value& input, std::size_t index) {
  return input.is_array() ? at("input", index) : "input";
}

bool is_token(const json::value& value) {
  return value.is_int64() && value.get_int64() >= 0 && value.get_int64() <= kTokenIdMax;
}

Problem read_tokens(const json::array& list, EmbeddingInput& out) {
  if (list.empty() || !std::all_of(list.begin(), list.end(), is_token)) return bad_input();
  for (const auto& token : list) out.text += fmt::format("t{} ", token.get_int64());
  out.tokens = static_cast<std::int64_t>(list.size());
  return std::nullopt;
}

Problem read_text(const json::value& input, std::size_t index, const json::value& value,
                  EmbeddingInput& out) {
  if (!value.is_string()) return bad_input();
  out.text = value.get_string();
  out.tokens = count_tokens(out.text);
  if (!out.text.empty()) return std::nullopt;
  const auto path = input_path(input, index);
  return invalid_request(fmt::format("Invalid '{}': input cannot be an empty string.", path), path);
}

Problem read_inputs(const json::value& input, EmbeddingRequest& out) {
  const auto* list = input.if_array();
  if (list == nullptr) {
    out.inputs.emplace_back();
    return read_text(input, 0, input, out.inputs.back());
  }
  if (list->empty()) return bad_input();
  if (list->front().is_number()) {
    out.inputs.emplace_back();
    return read_tokens(*list, out.inputs.back());
  }
  if (list->size() > kInputsMax) {
    return invalid_request(
        fmt::format("Invalid 'input': array length must be {} or less.", kInputsMax), "input");
  }
  const bool tokens = list->front().is_array();
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& value = (*list)[i];
    out.inputs.emplace_back();
    if (tokens && !value.is_array()) return bad_input();
    auto problem = tokens ? read_tokens(value.get_array(), out.inputs.back())
                          : read_text(input, i, value, out.inputs.back());
    if (problem) return problem;
  }
  return std::nullopt;
}

Problem check_lengths(const json::value& input, const EmbeddingRequest& request) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    sum += request.inputs[i].tokens;
    if (request.inputs[i].tokens <= kInputTokensMax) continue;
    const auto path = request.inputs.size() > 1 ? input_path(input, i) : "input";
    return invalid_request(
        fmt::format("Invalid '{}': maximum input length is {} tokens.", path, kInputTokensMax),
        path);
  }
  if (sum <= kRequestTokensMax) return std::nullopt;
  ApiError error;
  error.message =
      fmt::format("Requested {} tokens, max {} tokens per request", sum, kRequestTokensMax);
  error.type = "max_tokens_per_request";
  error.code = "max_tokens_per_request";
  return error;
}

Problem read_dimensions(const json::object& object, EmbeddingRequest& out) {
  out.dimensions = dimensions_of(out.model);
  const auto* value = given(object, "dimensions");
  if (value == nullptr) return std::nullopt;
  if (auto problem = check_integer(*value, "dimensions", 1, INT64_MAX)) return problem;
  if (out.model == "text-embedding-ada-002") {
    return invalid_request("This model does not support specifying dimensions.", {});
  }
  const auto wanted = static_cast<std::size_t>(integer_of(*value));
  if (wanted > out.dimensions) {
    return invalid_request(
        fmt::format("Invalid value for 'dimensions' = {}. Must be less than or equal to {}.",
                    wanted, out.dimensions),
        {});
  }
  out.dimensions = wanted;
  return std::nullopt;
}

Problem read_object(const json::object& object, EmbeddingRequest& out) {
  const auto* model = given(object, "model");
  if (model == nullptr || (model->is_string() && model->get_string().empty())) {
    return invalid_request("you must provide a model parameter", {});
  }
  if (!model->is_string()) return invalid_type("model", "a string", *model);
  out.model = model->get_string();
  const auto* input = given(object, "input");
  if (input == nullptr) return missing_parameter("input");
  if (auto problem = check_names(object, kNames)) return problem;
  if (auto problem = read_inputs(*input, out)) return problem;
  if (auto problem = read_dimensions(object, out)) return problem;
  if (const auto* format = given(object, "encoding_format")) {
    if (auto problem = check_choice(*format, "encoding_format", kFormats)) return problem;
    out.base64 = format->get_string() == "base64";
  }
  if (const auto* user = given(object, "user")) {
    if (auto problem = check_text(*user, "user")) return problem;
  }
  return check_lengths(*input, out);
}

// ---- vectors

std::string as_numbers(const std::vector<double>& vector) {
  std::string out = "[";
  for (const double value : vector) {
    const auto number = static_cast<float>(value);
    fmt::format_to(std::back_inserter(out), "{}{}", out.size() > 1 ? "," : "", number);
  }
  return out + "]";
}

std::string as_base64(const std::vector<double>& vector) {
  std::string bytes;
  for (const double value : vector) {
    const auto number = static_cast<float>(value);
    const auto bits = std::bit_cast<std::uint32_t>(number);
    for (const int shift : {0, 8, 16, 24}) bytes += static_cast<char>(bits >> shift & 255U);
  }
  return "\"" + base64(bytes) + "\"";
}

}  // namespace

EmbeddingRequestResult read_embedding_request(std::string_view body) {
  const auto object = parse_body(body);
  if (!object) return object.error();
  EmbeddingRequest request;
  if (auto problem = read_object(*object, request)) return *problem;
  return request;
}

Prompt embedding_prompt(const EmbeddingRequest& request) {
  Prompt prompt;
  prompt.endpoint = Endpoint::embeddings;
  prompt.model = request.model;
  Message message;
  for (const auto& input : request.inputs) {
    message.text += (message.text.empty() ? "" : "\n") + input.text;
    prompt.tokens += input.tokens;
  }
  prompt.messages.push_back(std::move(message));
  return prompt;
}

std::string embedding_body(const EmbeddingRequest& request) {
  std::string out = R"({"object":"list","data":[)";
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    const auto vector = embedding_of(request.inputs[i].text, request.dimensions);
    fmt::format_to(std::back_inserter(out),
                   R"({}{{"object":"embedding","index":{},"embedding":{}}})", i == 0 ? "" : ",", i,
                   request.base64 ? as_base64(vector) : as_numbers(vector));
    tokens += request.inputs[i].tokens;
  }
  fmt::format_to(std::back_inserter(out),
                 R"(],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})",
                 base::json_string(request.model), tokens, tokens);
  return out;
}

}  // namespace headgate::lab::openai
