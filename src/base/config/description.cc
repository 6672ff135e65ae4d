#include "base/config/description.h"

#include <fmt/format.h>

namespace headgate::base::config {
namespace {

void compare(const Description& before, const Description& after, const std::string& path,
             std::vector<std::string>& out) {
  for (std::size_t i = 0; i < before.fields.size(); ++i) {
    const FieldDescription& field = before.fields[i];
    const Description& next = after.fields[i].type;
    const std::string key = path + std::string(field.name);
    if (field.type.kind == Kind::record) {
      compare(field.type, next, key + ".", out);
    } else if (field.meta.needs_restart && field.type.value != next.value) {
      out.push_back(key);
    }
  }
}

}  // namespace

std::string number_text(double value) { return fmt::format("{}", value); }

std::string_view unit_of(std::string_view key) {
  for (const std::string_view unit : {"ms", "bytes", "days"}) {
    for (std::size_t at = 0; (at = key.find(unit, at)) != std::string_view::npos; ++at) {
      const std::size_t end = at + unit.size();
      const bool starts = at == 0 || key[at - 1] == '_';
      if (starts && (end == key.size() || key[end] == '_')) return unit;
    }
  }
  return {};
}

std::vector<std::string> restart_needed(const Description& before, const Description& after) {
  std::vector<std::string> out;
  compare(before, after, {}, out);
  return out;
}

}  // namespace headgate::base::config
