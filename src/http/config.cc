#include "http/config.h"

namespace headgate::http {

void check(const ServerConfig& server, const base::config::Cursor& at,
           base::config::Problems& problems) {
  if (server.tls.certificate.empty() == server.tls.key.empty()) return;
  const char* given = server.tls.key.empty() ? "certificate" : "key";
  const char* absent = server.tls.key.empty() ? "key" : "certificate";
  problems.add(at["tls"][given], std::string("needs tls.") + absent + " beside it");
}

}  // namespace headgate::http
