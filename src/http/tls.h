// TLS contexts: a server's from its files, a client's that verifies the peer's chain and name.
// TLS 1.2 and newer. Built at start-up and on reload, shared read-only by all loops.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

#include "base/result.h"

namespace headgate::http {

struct TlsFiles {
  std::string certificate;  // PEM chain
  std::string key;          // PEM
  bool empty() const { return certificate.empty() && key.empty(); }
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

base::Result<TlsContext> make_server_tls(const TlsFiles& files);
/// `ca_file`: PEM bundle to trust instead of the system's; empty: the system's.
base::Result<TlsContext> make_client_tls(const std::string& ca_file);

}  // namespace headgate::http
