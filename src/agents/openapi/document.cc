#include "agents/openapi/document.h"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/config/load.h"
#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace json = boost::json;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kDepthMax = 128;
constexpr int kReferencesMax = 32;  // that lead to each other

struct Yaml {
  base::config::Node marks;
  std::string json;
};

Result<Yaml> read_yaml(std::string_view text) {
  Yaml out;
  base::config::Problems problems;
  out.marks = base::config::parse_yaml(text, problems);
  if (!problems.empty()) {
    const base::config::Problem& first = problems[0];
    return fail(Errc::config_invalid, fmt::format("{}:{}: {}", first.at.mark.line,
                                                  first.at.mark.column, first.sentence()));
  }
  base::config::Json as_json;
  base::config::Reader(problems, {}).read(base::config::Cursor(out.marks), {}, as_json);
  out.json = std::move(as_json.text);
  return out;
}

std::optional<json::value> parse(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  json::value out = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return out;
}

// "3.0.3", "3.1"; a version without its patch is a number to YAML.
std::string version_text(const Spot& version) {
  if (!version.present()) return {};
  if (version.value->is_string()) return std::string(version.text());
  return version.value->is_double() ? fmt::format("{}", version.value->get_double()) : "";
}

Result<bool> is_3_0(const Spot& root) {
  if (root["swagger"].present()) {
    return fail(Errc::config_invalid, "is Swagger 2.0; convert it to OpenAPI 3");
  }
  const std::string version = version_text(root["openapi"]);
  if (version.empty()) {
    return fail(Errc::config_invalid, "is no OpenAPI document: it has no `openapi: 3.…`");
  }
  const bool old = version == "3.0" || version.starts_with("3.0.");
  if (!old && version != "3.1" && !version.starts_with("3.1.")) {
    return fail(Errc::config_invalid, "is OpenAPI " + version + "; 3.0 and 3.1 are understood");
  }
  return old;
}

std::string escape(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string unescape(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const bool escaped = step[i] == '~' && i + 1 < step.size();
    if (escaped && (step[i + 1] == '0' || step[i + 1] == '1')) {
      out += step[++i] == '0' ? '~' : '/';
    } else {
      out += step[i];
    }
  }
  return out;
}

// Calls step(name) for each step of a pointer.
template <class Step>
void walk(std::string_view pointer, Step step) {
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    step(unescape(pointer.substr(0, pointer.find('/'))));
    pointer.remove_prefix(std::min(pointer.find('/'), pointer.size()));
  }
}

}  // namespace

Spot Spot::operator[](std::string_view key) const {
  const json::value* member = is_object() ? value->get_object().if_contains(key) : nullptr;
  return {member, pointer + "/" + escape(key)};
}

Spot Spot::at(std::size_t index) const {
  const json::value* element = index < size() ? &value->get_array()[index] : nullptr;
  return {element, pointer + "/" + std::to_string(index)};
}

std::vector<std::string_view> Spot::keys() const {
  std::vector<std::string_view> out;
  if (!is_object()) return out;
  for (const auto& member : value->get_object()) out.push_back(member.key());
  return out;
}

std::string_view Spot::text() const {
  if (!present() || !value->is_string()) return {};
  return std::string_view(value->get_string());
}

Result<Document> Document::read(std::string_view text) {
  Document out;
  std::optional<json::value> root = parse(text);
  if (!root) {
    auto yaml = read_yaml(text);
    if (!yaml) return yaml.error();
    root = parse(yaml->json);
    if (!root) return fail(Errc::config_invalid, "is nested too deeply");
    out.marks_ = std::move(yaml->marks);
  }
  out.root_ = std::move(*root);
  const auto old = is_3_0(out.root());
  if (!old) return old.error();
  out.is_3_0_ = *old;
  return out;
}

Spot Document::at(std::string_view pointer) const {
  Spot at = root();
  walk(pointer, [&](const std::string& step) {
    const auto index = base::parse_u64(step);
    at = at.size() > 0 && index ? at.at(*index) : at[step];
  });
  return at;
}

std::optional<Spot> Document::follow(Spot spot, Remarks& remarks) const {
  for (int i = 0; i < kReferencesMax; ++i) {
    const Spot reference = spot["$ref"];
    if (!reference.present()) return spot;
    const std::string_view text = reference.text();
    if (!text.starts_with('#')) {
      remarks.fail(reference, "`" + std::string(text) +
                                  "` leads out of the document, which is not followed; bundle it "
                                  "into one file");
      return std::nullopt;
    }
    const std::string pointer = base::percent_decode(text.substr(1));
    const bool is_pointer = pointer.empty() || pointer.front() == '/';
    spot = is_pointer ? at(pointer) : Spot{};
    if (!spot.present()) {
      remarks.fail(reference, "`" + std::string(text) + "` leads nowhere in the document");
      return std::nullopt;
    }
  }
  remarks.fail(spot, "its references lead round in a circle");
  return std::nullopt;
}

std::string Document::place(const std::string& pointer) const {
  if (marks_.children.empty()) return "#" + pointer;
  base::config::Cursor at(marks_);
  walk(pointer, [&](const std::string& step) {
    const bool in_list = at.present() && at.node().kind == base::config::Node::Kind::list;
    const auto index = in_list ? base::parse_u64(step) : std::nullopt;
    at = index ? at.child(*index) : at[step];
  });
  return fmt::format("#{} (line {})", pointer, at.key_place().mark.line);
}

}  // namespace headgate::agents::openapi
