#include "agents/mcp_auth/web_url.h"

#include <algorithm>

#include "base/text/strings.h"

namespace headgate::agents::mcp {

using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kUrlBytesMax = 4096;

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "::1";
}

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

base::Error bad(std::string_view text, const std::string& why) {
  return fail(Errc::invalid_request,
              "the URL '" + std::string(text.substr(0, 200)) + "' cannot be used: " + why);
}

}  // namespace

std::string WebUrl::origin() const {
  return (base.tls ? "https://" : "http://") + base.host_header();
}

std::string WebUrl::text() const { return origin() + path + (query.empty() ? "" : "?" + query); }

Result<WebUrl> parse_web_url(std::string_view text) {
  if (text.size() > kUrlBytesMax || !is_visible(text)) return bad(text, "it is no URL");
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return bad(text, "it is not absolute");
  if (text.find('#') != std::string_view::npos) return bad(text, "it has a fragment");
  const std::size_t end = std::min(text.find_first_of("/?", scheme + 3), text.size());
  auto parsed = http::parse_base_url(text.substr(0, end));
  if (!parsed) return bad(text, parsed.error().detail);
  if (!parsed->userinfo.empty()) return bad(text, "it carries a credential");
  if (!parsed->tls && !is_this_machine(parsed->host)) {
    return bad(text, "it is not https, and not on this machine");
  }
  WebUrl out;
  out.base = std::move(*parsed);
  const std::string_view rest = text.substr(end);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  out.path = rest.substr(0, question);
  if (question < rest.size()) out.query = rest.substr(question + 1);
  return out;
}

std::vector<std::string> resource_metadata_urls(const WebUrl& resource) {
  const std::string root = resource.origin() + "/.well-known/oauth-protected-resource";
  if (resource.path.empty() || resource.path == "/") return {root};
  return {root + resource.path, root};
}

std::vector<std::string> issuer_metadata_urls(const WebUrl& issuer) {
  std::string path = issuer.path;
  while (path.ends_with('/')) path.pop_back();
  const std::string known = issuer.origin() + "/.well-known/";
  std::vector<std::string> out{known + "oauth-authorization-server" + path,
                               known + "openid-configuration" + path};
  if (!path.empty()) out.push_back(issuer.origin() + path + "/.well-known/openid-configuration");
  return out;
}

std::string form_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string write_form(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) {
    if (!out.empty()) out += '&';
    out += form_encoded(name) + "=" + form_encoded(value);
  }
  return out;
}

std::optional<std::string> form_value(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const std::size_t end = std::min(form.find('&'), form.size());
    const std::string_view pair = form.substr(0, end);
    form.remove_prefix(std::min(end + 1, form.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (base::percent_decode(pair.substr(0, equals)) != name) continue;
    std::string value(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(value.begin(), value.end(), '+', ' ');
    return base::percent_decode(value);
  }
  return std::nullopt;
}

}  // namespace headgate::agents::mcp
