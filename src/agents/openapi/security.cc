#include "agents/openapi/security.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::agents::openapi {

namespace {

std::string header_of(const Document& document, std::string_view scheme) {
  Remarks ignored;
  const Spot schemes = document.root()["components"]["securitySchemes"];
  const auto spot = document.follow(schemes[scheme], ignored);
  if (!spot) return {};
  const std::string_view type = (*spot)["type"].text();
  if (type == "apiKey") {
    return (*spot)["in"].text() == "header" ? std::string((*spot)["name"].text()) : std::string();
  }
  const bool bears = type == "http" || type == "oauth2" || type == "openIdConnect";
  return bears ? "authorization" : "";
}

bool is_given(const Credential& credential, const OpenApiConfig& service) {
  return std::any_of(service.headers.begin(), service.headers.end(), [&](const auto& header) {
    return !credential.header.empty() && base::iequals(header.first, credential.header);
  });
}

}  // namespace

std::vector<Credentials> credentials_of(const Document& document, const Operation& operation) {
  const Spot own = operation.spot["security"];
  const Spot all = own.present() ? own : document.root()["security"];
  std::vector<Credentials> out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Credentials together;
    for (const std::string_view scheme : all.at(i).keys()) {
      together.push_back({std::string(scheme), header_of(document, scheme)});
    }
    out.push_back(std::move(together));
  }
  return out;
}

bool has_credentials(const std::vector<Credentials>& any, const OpenApiConfig& service) {
  const auto has_all = [&](const Credentials& all) {
    return std::all_of(all.begin(), all.end(),
                       [&](const Credential& one) { return is_given(one, service); });
  };
  return any.empty() || std::any_of(any.begin(), any.end(), has_all);
}

std::string describe(const std::vector<Credentials>& any) {
  std::string out;
  for (const Credentials& all : any) {
    if (!out.empty()) out += " or ";
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string& header = all[i].header;
      out += (i == 0 ? "" : " and ") + all[i].scheme + " (" +
             (header.empty() ? "not in a header, so tools cannot send it" : "header " + header) +
             ")";
    }
  }
  return out;
}

}  // namespace headgate::agents::openapi
