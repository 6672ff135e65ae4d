#include "agents/http_tools/template_values.h"

#include "base/json/cursor.h"
#include "base/json/writer.h"
#include "base/text/strings.h"

namespace headgate::agents {

namespace json = base::json;

TemplateValues::TemplateValues(const base::Context& ctx, std::string_view arguments,
                               std::string_view run_id) {
  json::Cursor cursor(arguments);
  if (cursor.kind() == json::Kind::object) members_.read(cursor, arguments);
  user_ = base::json_string(ctx.user);
  tenant_ = base::json_string(ctx.principal == nullptr ? "" : ctx.principal->tenant);
  run_ = base::json_string(run_id);
}

std::optional<std::string_view> TemplateValues::find(std::string_view name) {
  if (name == "principal.user") return user_;
  if (name == "principal.tenant") return tenant_;
  if (name == "run.id") return run_;
  if (const json::Member* member = members_.take(name)) return member->raw;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const json::Member& member = members_.at(i);
    if (member.name == name && member.kind == json::Kind::null) return member.raw;
  }
  return std::nullopt;
}

std::string TemplateValues::others(const std::set<std::string>& named) const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const json::Member& member = members_.at(i);
    if (named.count(std::string(member.name)) == 0) writer.member_raw(member.name, member.raw);
  }
  writer.end_object();
  return out;
}

}  // namespace headgate::agents
