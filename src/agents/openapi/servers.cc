#include "agents/openapi/servers.h"

#include <algorithm>

namespace headgate::agents::openapi {

namespace {

// "https://{region}.example.com" with the defaults of its variables.
std::string with_defaults(const Spot& server) {
  std::string out;
  std::string_view rest = server["url"].text();
  while (!rest.empty()) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) return out.append(rest);
    out += server["variables"][rest.substr(1, close - 1)]["default"].text();
    rest.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

std::string server_url(const Document& document, const Operation& operation,
                       const OpenApiConfig& service, Remarks& remarks) {
  if (!service.url.empty()) return service.url.text();
  for (const Spot& of : {operation.spot, operation.item, document.root()}) {
    const Spot server = of["servers"].at(0);
    if (!server.present()) continue;
    const std::string text = with_defaults(server);
    const auto url = base::config::Url::parse(text);
    if (url) return url->text();
    remarks.fail(server["url"], "`" + text + "` does not say where the service is (" +
                                    url.error().detail +
                                    "); give it as `url` beside the document's `file`");
    return {};
  }
  remarks.fail(document.root(),
               "it has no servers: say where the service is as `url` beside the document's `file`");
  return {};
}

}  // namespace headgate::agents::openapi
