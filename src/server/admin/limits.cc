#include "server/admin/limits.h"

#include "base/json/writer.h"

namespace headgate::server {
namespace {

void write(base::json::Writer& out, const gateway::Slots& slots) {
  const auto state = slots.state();
  const auto waited = std::chrono::duration_cast<base::milliseconds>(state.waited_sum);
  out.begin_object();
  out.member("scope", slots.scope());
  out.member("name", slots.name());
  out.member("limit", state.limit);
  out.member("in_use", state.in_use);
  out.member("queued", state.queued);
  out.member("refused", state.refused_total);
  out.member("waited", state.waited_total);
  out.member("waited_ms", waited.count());
  out.end_object();
}

}  // namespace

std::string limits_json(const gateway::Health& health) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("object", "list");
  writer.array("data");
  for (const auto& slots : health.all_slots()) write(writer, *slots);
  writer.end_array();
  writer.end_object();
  return out;
}

}  // namespace headgate::server
