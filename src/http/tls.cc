#include "http/tls.h"

#include <boost/asio/ssl/verify_mode.hpp>
#include <openssl/ssl.h>

namespace headgate::http {

namespace ssl = boost::asio::ssl;
using base::Errc;
using base::fail;
using base::Result;
using boost::system::error_code;

namespace {

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_length,
                  const unsigned char* in, unsigned int in_length, void*) {
  static constexpr unsigned char kProtocol[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_length, kProtocol, sizeof kProtocol - 1, in,
                            in_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

void harden(ssl::context& context) {
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

Result<TlsContext> make_server_tls(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  error_code error;
  context->use_certificate_chain_file(files.certificate, error);
  if (error) {
    return fail(Errc::config_invalid,
                "cannot use TLS certificate " + files.certificate + ": " + error.message());
  }
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) {
    return fail(Errc::config_invalid, "cannot use TLS key " + files.key + ": " + error.message());
  }
  harden(*context);
  SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_http11, nullptr);
  return context;
}

Result<TlsContext> make_client_tls(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code error;
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error) {
    return fail(Errc::config_invalid, "cannot load CA file " + ca_file + ": " + error.message());
  }
  harden(*context);
  context->set_verify_mode(ssl::verify_peer);
  static constexpr unsigned char kProtocol[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context->native_handle(), kProtocol, sizeof kProtocol - 1);
  return context;
}

}  // namespace headgate::http
