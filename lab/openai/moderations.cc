#include "lab/openai/moderations.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text/strings.h"
#include "lab/formats/data_url.h"
#include "lab/neutral/family.h"
#include "lab/neutral/hash.h"
#include "lab/openai/wording.h"
#include "lab/script/template.h"

namespace headgate::lab::openai {
namespace {

namespace json = boost::json;

constexpr std::size_t kImagesMax = 1;
constexpr std::string_view kDefaultModel = "omni-moderation-latest";
constexpr std::string_view kModels[] = {kDefaultModel, "omni-moderation-2024-09-26",
                                        "text-moderation-latest", "text-moderation-stable"};
constexpr std::string_view kNames[] = {"model", "input"};
constexpr std::string_view kPartTypes[] = {"text", "image_url"};

struct Category {
  std::string_view name;
  bool images;             // looks at them
  std::string_view words;  // that are flagged unless the script names others; blank-separated
};
constexpr Category kCategories[] = {
    {"harassment", false, "idiot moron"},
    {"harassment/threatening", false, ""},
    {"hate", false, "subhuman vermin"},
    {"hate/threatening", false, ""},
    {"illicit", false, "shoplift counterfeit"},
    {"illicit/violent", false, "bomb grenade"},
    {"self-harm", true, "suicide self-harm"},
    {"self-harm/instructions", true, ""},
    {"self-harm/intent", true, ""},
    {"sexual", true, "porn nude"},
    {"sexual/minors", false, ""},
    {"violence", true, "kill murder stab"},
    {"violence/graphic", true, "gore dismember"},
};

bool is_text_only(std::string_view model) { return model.starts_with("text-moderation"); }

// ---- requests

Problem read_model(const json::object& object, const Script& script, std::string& model) {
  model = kDefaultModel;
  const auto* value = given(object, "model");
  if (value == nullptr) return std::nullopt;
  if (auto problem = check_text(*value, "model")) return problem;
  model = value->get_string();
  if (contains(kModels, model) || serves(script, model)) return std::nullopt;
  return invalid_request(fmt::format("Invalid value for 'model' = {}. Please check the OpenAI "
                                     "documentation and try again.",
                                     model),
                         {});
}

Problem read_image(const json::object& part, const std::string& path, ModerationInput& out) {
  const auto* image = given(part, "image_url");
  const auto where = at(path, "image_url");
  if (image == nullptr) return missing_parameter(where);
  const auto* object = image->if_object();
  if (object == nullptr) return invalid_type(where, "an object", *image);
  const auto* url = given(*object, "url");
  if (url == nullptr) return missing_parameter(at(where, "url"));
  if (auto problem = check_text(*url, at(where, "url"))) return problem;
  const std::string_view text = url->get_string();
  if (!text.starts_with("https://") && !text.starts_with("http://") && !data_url(text)) {
    return invalid_request(fmt::format("Invalid '{}'. Expected a valid URL, but got a value with "
                                       "an invalid format.",
                                       at(where, "url")),
                           at(where, "url"), "invalid_value");
  }
  out.images.emplace_back(text);
  return std::nullopt;
}

Problem read_part(const json::value& value, const std::string& path, ModerationInput& out) {
  const auto* object = value.if_object();
  if (object == nullptr) return invalid_type(path, "an object", value);
  const auto* type = given(*object, "type");
  if (type == nullptr) return missing_parameter(at(path, "type"));
  if (auto problem = check_choice(*type, at(path, "type"), kPartTypes)) return problem;
  if (type->get_string() == "image_url") return read_image(*object, path, out);
  const auto* text = given(*object, "text");
  if (text == nullptr) return missing_parameter(at(path, "text"));
  if (auto problem = check_text(*text, at(path, "text"))) return problem;
  if (out.has_text) out.text += '\n';
  out.text += text->get_string();
  out.has_text = true;
  return std::nullopt;
}

/// All parts together are one input.
Problem read_parts(const json::array& list, ModerationRequest& out) {
  ModerationInput input;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto problem = read_part(list[i], at("input", i), input)) return problem;
  }
  if (is_text_only(out.model)) {
    return invalid_request(
        fmt::format("Multi-modal inputs are not supported by the model '{}'.", out.model), "input");
  }
  if (input.images.size() > kImagesMax) {
    return invalid_request(
        fmt::format("Number of images ({}) exceeds maximum of {}", input.images.size(), kImagesMax),
        "input", "too_many_images");
  }
  out.inputs.push_back(std::move(input));
  return std::nullopt;
}

Problem read_input(const json::value& input, ModerationRequest& out) {
  const auto* list = input.if_array();
  if (input.is_string()) out.inputs.push_back({std::string(input.get_string()), {}, true});
  if (input.is_string()) return std::nullopt;
  if (list == nullptr) {
    return invalid_type("input", "one of a string, array of strings, or array of objects", input);
  }
  if (list->empty()) return empty_array("input");
  if (list->front().is_object()) return read_parts(*list, out);
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = check_text((*list)[i], at("input", i))) return problem;
    out.inputs.push_back({std::string((*list)[i].get_string()), {}, true});
  }
  return std::nullopt;
}

// ---- verdicts

bool is_letter(char c) {
  return (static_cast<unsigned char>(c) & 0x80) != 0 || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9');
}

/// Whether `word` stands in `text` as a word of its own; both in lower case.
bool has_word(std::string_view text, std::string_view word) {
  for (auto found = text.find(word); found != text.npos; found = text.find(word, found + 1)) {
    const auto end = found + word.size();
    const bool begins = found == 0 || !is_letter(text[found - 1]);
    if (begins && (end == text.size() || !is_letter(text[end]))) return true;
  }
  return false;
}

std::vector<std::string> words_of(const Category& category, const Script& script) {
  for (const auto& [name, words] : script.moderation) {
    if (name == category.name) return words;
  }
  std::vector<std::string> words;
  for (std::string_view rest = category.words; !rest.empty();) {
    const auto blank = std::min(rest.find(' '), rest.size());
    words.emplace_back(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return words;
}

bool is_flagged(const Category& category, const ModerationInput& input, const Script& script) {
  const auto words = words_of(category, script);
  const auto in = [&](const std::string& text) {
    const std::string lower = base::to_lower(text);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return !word.empty() && has_word(lower, base::to_lower(word));
    });
  };
  return in(input.text) ||
         (category.images && std::any_of(input.images.begin(), input.images.end(), in));
}

/// Near 1 or near 0, with digits that depend on the input.
double score(const Category& category, const ModerationInput& input, bool flagged) {
  const auto hash = mix(hash_bytes(kHashStart, input.text), hash_bytes(kHashStart, category.name));
  const double share = static_cast<double>(hash >> 11) * 0x1.0p-53;
  return flagged ? 0.85 + share * 0.14 : 1e-6 + share * 1e-3;
}

std::string input_types(const Category& category, const ModerationInput& input) {
  const bool images = category.images && !input.images.empty();
  if (input.has_text) return images ? R"(["text","image"])" : R"(["text"])";
  return images ? R"(["image"])" : "[]";
}

}  // namespace

std::vector<std::string_view> moderation_categories() {
  std::vector<std::string_view> names;
  for (const auto& category : kCategories) names.push_back(category.name);
  return names;
}

ModerationRequestResult read_moderation_request(std::string_view body, const Script& script) {
  const auto object = parse_body(body);
  if (!object) return object.error();
  ModerationRequest request;
  const auto* input = given(*object, "input");
  if (input == nullptr) return *missing_parameter("input");
  if (auto problem = check_names(*object, kNames)) return *problem;
  if (auto problem = read_model(*object, script, request.model)) return *problem;
  if (auto problem = read_input(*input, request)) return *problem;
  return request;
}

Prompt moderation_prompt(const ModerationRequest& request) {
  Prompt prompt;
  prompt.endpoint = Endpoint::moderations;
  prompt.model = request.model;
  Message message;
  for (const auto& input : request.inputs) {
    message.text += (message.text.empty() ? "" : "\n") + input.text;
  }
  prompt.messages.push_back(std::move(message));
  return prompt;
}

std::string moderation_result(const ModerationInput& input, std::string_view model,
                              const Script& script) {
  std::string categories;
  std::string scores;
  std::string types;
  bool any = false;
  for (const auto& category : kCategories) {
    const bool unknown = is_text_only(model) && category.name.starts_with("illicit");
    const bool flagged = !unknown && is_flagged(category, input, script);
    any = any || flagged;
    const auto name = base::json_string(category.name);
    const std::string_view comma = categories.empty() ? "" : ",";
    categories += fmt::format("{}{}:{}", comma, name,
                              unknown   ? "null"
                              : flagged ? "true"
                                        : "false");
    scores += fmt::format("{}{}:{}", comma, name, score(category, input, flagged));
    types += fmt::format("{}{}:{}", comma, name, input_types(category, input));
  }
  return fmt::format(R"({{"flagged":{},"categories":{{{}}},"category_scores":{{{}}},)"
                     R"("category_applied_input_types":{{{}}}}})",
                     any, categories, scores, types);
}

std::string moderation_body(const ModerationRequest& request, const Script& script,
                            std::string_view id) {
  std::string out = fmt::format(R"({{"id":"modr-{}","model":{},"results":[)", id,
                                base::json_string(request.model));
  for (std::size_t i = 0; i < request.inputs.size(); ++i) {
    out += (i == 0 ? "" : ",") + moderation_result(request.inputs[i], request.model, script);
  }
  return out + "]}";
}

}  // namespace headgate::lab::openai
