#include "lab/anthropic/models.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text/strings.h"
#include "lab/formats/times.h"

namespace headgate::lab::anthropic {
namespace {

constexpr std::size_t kLimit = 20;
constexpr std::size_t kLimitMax = 1000;

std::vector<const ServedModel*> listed(const Script& script) {
  std::vector<const ServedModel*> models;
  for (const auto& model : script.models) {
    if (!is_glob(model.id)) models.push_back(&model);
  }
  return models;
}

std::string id_or_null(const std::vector<const ServedModel*>& page, bool first) {
  if (page.empty()) return "null";
  return base::json_string(first ? page.front()->id : page.back()->id);
}

}  // namespace

std::string model_body(const ServedModel& model) {
  return fmt::format(
      R"({{"type":"model","id":{0},"display_name":{0},"created_at":"{1}","capabilities":null,)"
      R"("lifecycle":"active","line":null,"max_input_tokens":null,"max_tokens":null,)"
      R"("deprecated_at":null,"retires_at":null}})",
      base::json_string(model.id), rfc3339(model.created));
}

std::string models_body(const LabRequest& request, const Script& script) {
  const auto models = listed(script);
  const auto place_of = [&](const std::string& id) {
    return std::find_if(models.begin(), models.end(),
                        [&](const ServedModel* model) { return model->id == id; });
  };
  auto begin = models.begin();
  auto end = models.end();
  const std::string after = query_value(request, "after_id");
  const std::string before = query_value(request, "before_id");
  if (!after.empty() && place_of(after) != models.end()) begin = place_of(after) + 1;
  if (!before.empty()) end = std::max(begin, place_of(before));
  const auto wanted = base::parse_u64(query_value(request, "limit")).value_or(kLimit);
  const auto limit = std::clamp<std::uint64_t>(wanted, 1, kLimitMax);
  const bool more = static_cast<std::uint64_t>(end - begin) > limit;
  if (more) end = begin + static_cast<std::ptrdiff_t>(limit);
  const std::vector<const ServedModel*> page(begin, end);
  std::string list;
  for (const auto* model : page) list += (list.empty() ? "" : ",") + model_body(*model);
  return fmt::format(R"({{"data":[{}],"has_more":{},"first_id":{},"last_id":{}}})", list, more,
                     id_or_null(page, true), id_or_null(page, false));
}

}  // namespace headgate::lab::anthropic
