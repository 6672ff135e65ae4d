#include "telemetry/otlp_config.h"

#include "base/text/strings.h"

namespace headgate::telemetry {
namespace {

using base::config::Cursor;

bool is_ours_to_send(std::string_view name) {
  for (const std::string_view each :
       {"host", "content-length", "content-type", "content-encoding", "transfer-encoding",
        "connection", "te", "trailer", "upgrade"}) {
    if (base::iequals(name, each)) return true;
  }
  return false;
}

}  // namespace

void check(const OtlpConfig& otlp, const Cursor& at, base::config::Problems& problems) {
  for (const auto& [name, exporter] : otlp.exporters) {
    const Cursor here = at["exporters"][name];
    for (const auto& [header, value] : exporter.headers) {
      if (!base::config::is_header_name(header)) {
        problems.add(here["headers"][header], "is not a header name");
      } else if (is_ours_to_send(header)) {
        problems.add(here["headers"][header], "is set by the exporter itself: leave it out");
      }
    }
  }
}

}  // namespace headgate::telemetry
