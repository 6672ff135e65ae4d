#include "lab/gemini/call_signature.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "lab/formats/signature.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

/// Keys sorted, whole numbers written as such.
json::value normal(const json::value& value) {
  if (const auto* list = value.if_array()) {
    json::array out;
    for (const auto& item : *list) out.push_back(normal(item));
    return out;
  }
  if (const auto* number = value.if_double()) {
    const bool is_whole = *number == std::floor(*number) && std::abs(*number) < 9e15;
    return is_whole ? json::value(static_cast<std::int64_t>(*number)) : value;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return value;
  std::vector<std::string_view> keys;
  for (const auto& member : *object) keys.emplace_back(member.key());
  std::sort(keys.begin(), keys.end());
  json::object out;
  for (const auto key : keys) out[key] = normal(object->at(key));
  return out;
}

}  // namespace

std::string signed_call(std::string_view name, const json::value& args) {
  return fmt::format("{} {}", name, json::serialize(normal(args)));
}

bool is_good_signature(std::string_view signature, std::string_view signed_part) {
  return is_signature_of(signature, signed_part) ||
         signature == "context_engineering_is_the_way_to_go" ||
         signature == "skip_thought_signature_validator";
}

}  // namespace headgate::lab::gemini
