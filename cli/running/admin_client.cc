#include "cli/running/admin_client.h"

#include <memory>
#include <optional>

#include "base/async/loop.h"
#include "base/async/task_group.h"
#include "base/json/members.h"
#include "base/text/secret.h"
#include "http/client/client.h"

namespace headgate::cli {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr base::seconds kPatience{30};
constexpr std::size_t kBodyBytesMax = 16 * 1024 * 1024;

struct Call {
  http::Method method;
  std::string_view path;
  std::string headers;
  std::string_view body;
};

}  // namespace

// {"error":{"message":…}}, or the body itself where it is not of that form.
std::string error_words(std::string_view body) {
  base::json::Cursor outer(body);
  base::json::Members members;
  if (members.read(outer, body)) {
    if (const auto* error = members.take("error")) {
      base::json::Cursor inner(error->raw);
      base::json::Members of_error;
      if (of_error.read(inner, error->raw)) {
        if (auto message = of_error.take_string("message")) return *message;
      }
    }
  }
  constexpr std::size_t kShownMax = 200;
  return std::string(body.substr(0, kShownMax));
}

Result<http::ClientOptions> client_options(const AdminServer& server) {
  auto url = http::parse_base_url(server.url);
  if (!url) return fail(Errc::config_invalid, server.url + ": " + url.error().detail);
  http::ClientOptions out;
  out.url = std::move(*url);
  if (!out.url.tls) return out;
  auto tls = http::make_client_tls(server.ca_file);
  if (!tls) return tls.error();
  out.tls = std::move(*tls);
  return out;
}

Result<std::string> secret_of(const AdminServer& server) {
  if (server.key.empty()) return std::string();
  const auto reference = base::SecretRef::parse(server.key);
  if (!reference || reference->empty()) {
    return fail(Errc::config_invalid,
                "--key: the key is given by reference, as env:NAME or file:/path");
  }
  auto secret = reference->resolve();
  if (!secret) return fail(Errc::config_invalid, "--key: " + secret.error().detail);
  return secret;
}

namespace {

Task<std::string> send(std::shared_ptr<http::Client> client, const Call& call) {
  base::Cancellation nobody;
  http::ClientCall upstream(client, nobody);
  const base::MonoTime until = client->loop().now() + kPatience;
  auto started = co_await upstream.start(call.method, call.path, call.headers, call.body, until,
                                         Errc::timeout_total);
  if (!started) co_return started.error();
  auto body = co_await upstream.connection().read_all(kBodyBytesMax);
  if (!body) co_return body.error();
  const int status = upstream.head().status;
  if (status / 100 == 2) co_return std::string(*body);
  co_return fail(Errc::upstream_status, std::to_string(status) + ": " + error_words(*body));
}

base::Async<void> run(std::shared_ptr<http::Client> client, const Call& call,
                      std::optional<Result<std::string>>& out) {
  auto answered = co_await send(client, call);
  out.emplace(std::move(answered));
  client->loop().stop();
}

}  // namespace

Result<std::string> admin_call(const AdminServer& server, http::Method method,
                               std::string_view path, std::string_view body) {
  const auto options = client_options(server);
  if (!options) return options.error();
  const auto secret = secret_of(server);
  if (!secret) return secret.error();
  Call call{method, path, {}, body};
  if (!secret->empty()) call.headers = "authorization: Bearer " + *secret + "\r\n";
  if (!body.empty()) call.headers += "content-type: application/json\r\n";
  const base::RealClock clock;
  base::Loop loop(clock);
  std::optional<Result<std::string>> out;
  base::TaskGroup tasks(loop, nullptr);
  tasks.spawn(run(std::make_shared<http::Client>(loop, *options), call, out));
  if (!out) loop.run();
  if (!*out) out->error().detail = server.url + ": " + out->error().detail;
  return std::move(*out);
}

}  // namespace headgate::cli
