// A call of the admin API of a running server, for commands: one request, its answer, or a sentence
// that says why there is none. Blocks; runs a loop of its own meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client/client.h"
#include "http/message.h"

namespace headgate::cli {

struct AdminServer {
  std::string url = "http://127.0.0.1:8787";
  std::string key = "env:HEADGATE_ADMIN_KEY";  // a reference, never the key itself; empty: none
  std::string ca_file;                         // to trust instead of the system's
};

/// The body of a 2xx. Errors: config_invalid: url or key; those of the connection; upstream_status:
/// what the server said.
base::Result<std::string> admin_call(const AdminServer& server, http::Method method,
                                     std::string_view path, std::string_view body = {});

/// For commands that make many calls. Errors: config_invalid.
base::Result<http::ClientOptions> client_options(const AdminServer& server);
base::Result<std::string> secret_of(const AdminServer& server);
/// What an error's body says: its message, or its beginning where it is of another form.
std::string error_words(std::string_view body);

}  // namespace headgate::cli
