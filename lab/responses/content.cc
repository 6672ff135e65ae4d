#include "lab/responses/content.h"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "lab/formats/data_url.h"
#include "lab/formats/media.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::at;
using openai::given;
using openai::Names;
using openai::Problem;

constexpr std::string_view kPartTypes[] = {
    "input_text", "input_image",         "input_audio",  "output_text",      "refusal",
    "input_file", "computer_screenshot", "summary_text", "encrypted_content"};
constexpr std::string_view kUserTypes[] = {"input_text", "input_image", "input_file",
                                           "scoped_content", "input_audio"};
constexpr std::string_view kAssistantTypes[] = {"output_text", "refusal"};
constexpr std::string_view kToolTypes[] = {"input_text", "input_image", "input_file"};
constexpr std::string_view kImageDetails[] = {"low", "high", "auto", "original"};
constexpr std::string_view kFileDetails[] = {"auto", "low", "high"};
constexpr std::string_view kImageTypes[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};

Names types_for(Speaker speaker) {
  if (speaker == Speaker::assistant) return kAssistantTypes;
  return speaker == Speaker::user ? Names(kUserTypes) : Names(kToolTypes);
}

Problem bad_value(const std::string& path, std::string_view expected) {
  return openai::invalid_request(fmt::format("Invalid '{}'. Expected {}.", path, expected), path,
                                 "invalid_value");
}

// ---- images and files

bool is_web_address(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (url.starts_with(scheme)) return url.size() > scheme.size() && url.find(' ') == url.npos;
  }
  return false;
}

Problem check_image_data(const DataUrl& url, const std::string& path) {
  constexpr std::string_view kExpected =
      "a base64-encoded data URL with an image MIME type (e.g. "
      "'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {}";
  if (!url.type.starts_with("image/")) {
    return bad_value(path,
                     fmt::format(kExpected, fmt::format("unsupported MIME type '{}'", url.type)));
  }
  if (url.payload.empty()) {
    return bad_value(path, fmt::format(kExpected, "empty base64-encoded bytes"));
  }
  if (!url.is_base64 || !is_base64(url.payload)) {
    return bad_value(path, fmt::format(kExpected, "an invalid base64-encoded value"));
  }
  if (openai::contains(kImageTypes, sniffed_type(url.payload))) return std::nullopt;
  return openai::invalid_request(
      "The image data you provided does not represent a valid image. Please check your input and "
      "try again with one of the following image formats: ['image/jpeg', 'image/png', 'image/gif', "
      "'image/webp'].",
      "input", "invalid_value");
}

Problem check_image_url(const json::value& value, const std::string& path) {
  if (!value.is_string()) return openai::invalid_type(path, "an image URL", value);
  const std::string_view url = value.get_string();
  if (const auto data = data_url(url)) return check_image_data(*data, path);
  if (is_web_address(url)) return std::nullopt;
  return bad_value(path, "a valid URL, but got a value with an invalid format");
}

Problem check_file_data(const json::value& value, const std::string& path) {
  constexpr std::string_view kExpected =
      "a base64-encoded data URL with a MIME type (e.g. "
      "'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {}";
  if (auto problem = openai::check_text(value, path)) return problem;
  const auto url = data_url(value.get_string());
  if (!url) return bad_value(path, fmt::format(kExpected, "a value without the 'data:' prefix"));
  if (url->type.empty())
    return bad_value(path, fmt::format(kExpected, "a value without MIME type"));
  if (url->payload.empty()) {
    return bad_value(path, fmt::format(kExpected, "empty base64-encoded bytes"));
  }
  if (url->is_base64 && is_base64(url->payload)) return std::nullopt;
  return bad_value(path, fmt::format(kExpected, "an invalid base64-encoded value"));
}

Problem check_file_id(const json::value& value, const std::string& path) {
  if (auto problem = openai::check_text(value, path)) return problem;
  const std::string_view id = value.get_string();
  if (id.starts_with("file")) return std::nullopt;
  return openai::invalid_request(
      fmt::format("Invalid '{}': '{}'. Expected an ID that begins with 'file'.", path, id), path,
      "invalid_value");
}

Problem check_detail(const json::object& part, const std::string& path, Names details) {
  const auto* detail = given(part, "detail");
  return detail ? openai::check_choice(*detail, at(path, "detail"), details) : std::nullopt;
}

Problem check_image(const json::object& part, const std::string& path) {
  const auto* url = given(part, "image_url");
  const auto* id = given(part, "file_id");
  if (url == nullptr && id == nullptr) return openai::missing_parameter(at(path, "image_url"));
  if (url != nullptr) {
    if (auto problem = check_image_url(*url, at(path, "image_url"))) return problem;
  }
  if (id != nullptr) {
    if (auto problem = check_file_id(*id, at(path, "file_id"))) return problem;
  }
  return check_detail(part, path, kImageDetails);
}

Problem check_file(const json::object& part, const std::string& path) {
  const auto* data = given(part, "file_data");
  const auto* url = given(part, "file_url");
  const auto* id = given(part, "file_id");
  const int sources = (data != nullptr) + (url != nullptr) + (id != nullptr);
  if (sources == 0) return openai::missing_parameter(at(path, "file_id"));
  if (sources > 1) {
    return openai::invalid_request(
        fmt::format("Mutually exclusive parameters: '{}'. Ensure you are only providing one of: "
                    "'file_id', 'file_data', or 'file_url'.",
                    path),
        path, "mutually_exclusive_parameters");
  }
  if (id != nullptr) {
    if (auto problem = check_file_id(*id, at(path, "file_id"))) return problem;
  }
  if (data != nullptr) {
    if (auto problem = check_file_data(*data, at(path, "file_data"))) return problem;
  }
  if (url != nullptr) {
    const auto where = at(path, "file_url");
    if (auto problem = openai::check_text(*url, where)) return problem;
    if (!is_web_address(url->get_string())) {
      return bad_value(where, "a valid URL, but got a value with an invalid format");
    }
  }
  return check_detail(part, path, kFileDetails);
}

// ---- parts

struct PartShape {
  std::string_view type;
  std::string_view text;     // the member that must be a text; empty: none
  std::string_view members;  // besides these and `type`; blank-separated
};
constexpr PartShape kShapes[] = {
    {"input_text", "text", "prompt_cache_breakpoint"},
    {"input_image", "", "image_url file_id detail prompt_cache_breakpoint"},
    {"input_file", "", "file_data file_id file_url filename detail prompt_cache_breakpoint"},
    {"input_audio", "", "input_audio prompt_cache_breakpoint"},
    {"output_text", "text", "annotations logprobs"},
    {"refusal", "refusal", ""},
};

Problem check_members(const json::object& part, const std::string& path, const PartShape& shape) {
  std::vector<std::string_view> known{"type"};
  if (!shape.text.empty()) known.push_back(shape.text);
  for (std::string_view rest = shape.members; !rest.empty();) {
    const auto blank = std::min(rest.find(' '), rest.size());
    known.push_back(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return openai::check_names(part, known, path);
}

Problem read_breakpoint(const json::object& part, const std::string& path, Content& out) {
  constexpr std::string_view kMembers[] = {"mode", "ttl"};
  constexpr std::string_view kModes[] = {"explicit"};
  constexpr std::string_view kTimes[] = {"30m", "12h"};
  const auto* value = given(part, "prompt_cache_breakpoint");
  if (value == nullptr) return std::nullopt;
  const auto where = at(path, "prompt_cache_breakpoint");
  const auto* object = value->if_object();
  if (object == nullptr) return openai::invalid_type(where, "an object", *value);
  if (auto problem = openai::check_names(*object, kMembers, where)) return problem;
  const auto* mode = given(*object, "mode");
  if (mode == nullptr) return openai::missing_parameter(at(where, "mode"));
  if (auto problem = openai::check_choice(*mode, at(where, "mode"), kModes)) return problem;
  if (const auto* ttl = given(*object, "ttl")) {
    if (auto problem = openai::check_choice(*ttl, at(where, "ttl"), kTimes)) return problem;
    out.long_lived = ttl->get_string() == "12h";
  }
  out.breakpoint = true;
  return std::nullopt;
}

Problem read_shaped(const json::object& part, const std::string& path, const PartShape& shape,
                    Content& out) {
  if (!shape.text.empty()) {
    const auto* text = given(part, shape.text);
    if (text == nullptr) return openai::missing_parameter(at(path, shape.text));
    if (auto problem = openai::check_text(*text, at(path, shape.text))) return problem;
    if (!out.text.empty()) out.text += '\n';
    out.text += text->get_string();
  } else {
    ++out.media;
  }
  if (auto problem = check_members(part, path, shape)) return problem;
  if (shape.type == "input_image") {
    if (auto problem = check_image(part, path)) return problem;
  }
  if (shape.type == "input_file") {
    if (auto problem = check_file(part, path)) return problem;
  }
  return read_breakpoint(part, path, out);
}

Problem read_part(const json::value& value, const std::string& path, Speaker speaker,
                  Content& out) {
  const auto* part = value.if_object();
  if (part == nullptr) return openai::invalid_type(path, "an object", value);
  const auto* type = given(*part, "type");
  if (type == nullptr) return openai::missing_parameter(at(path, "type"));
  if (auto problem = openai::check_text(*type, at(path, "type"))) return problem;
  const std::string_view name = type->get_string();
  const Names allowed = types_for(speaker);
  if (!openai::contains(kPartTypes, name) && !openai::contains(allowed, name)) {
    return openai::not_one_of(at(path, "type"), name, kPartTypes);
  }
  if (!openai::contains(allowed, name)) return openai::not_one_of(path, name, allowed);
  const auto* shape = std::find_if(std::begin(kShapes), std::end(kShapes),
                                   [&](const PartShape& entry) { return entry.type == name; });
  if (shape == std::end(kShapes)) return std::nullopt;
  return read_shaped(*part, path, *shape, out);
}

}  // namespace

Problem read_content(const json::value& content, const std::string& path, Speaker speaker,
                     Content& out) {
  if (content.is_string()) {
    out.text = content.get_string();
    json::object part{{"type", speaker == Speaker::assistant ? "output_text" : "input_text"},
                      {"text", content.get_string()}};
    if (speaker == Speaker::assistant) part["annotations"] = json::array();
    out.parts.push_back(std::move(part));
    return std::nullopt;
  }
  const auto* list = content.if_array();
  if (list == nullptr) {
    return openai::invalid_type(path, "one of an array of objects or string", content);
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (auto problem = read_part((*list)[i], at(path, i), speaker, out)) return problem;
  }
  out.parts = *list;
  return std::nullopt;
}

}  // namespace headgate::lab::responses
