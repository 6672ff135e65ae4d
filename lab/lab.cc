#include "lab/lab.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "base/config/types.h"
#include "base/text/log.h"
#include "base/text/strings.h"
#include "http/server/server.h"
#include "lab/engine.h"
#include "lab/openai/api_error.h"
#include "lab/script/script_reader.h"
#include "lab/service.h"

namespace headgate::lab {
namespace {

using base::Errc;
using base::fail;
using base::Result;

constexpr int kExitNoStart = 2;
constexpr base::Duration kDrainGrace = base::milliseconds(1'000);
constexpr base::Duration kPoll = base::milliseconds(5);

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return fail(Errc::io_failed, fmt::format("{}: cannot be read", path));
  return text.str();
}

Result<Script> load_script(const std::string& path) {
  if (path.empty()) return default_script();
  auto text = read_file(path);
  if (!text) return text.error();
  return read_script(*text, path);
}

Result<Recording> load_recording(const std::string& path) {
  auto text = read_file(path);
  if (!text) return text.error();
  return Recording::parse(*text, path);
}

std::string environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

Result<Recorder::Options> recorder_options(const LabOptions& options) {
  auto proxies = http::ProxyEnvironment::read(environment);
  if (!proxies) return proxies.error();
  return Recorder::Options{options.upstream, options.record, *std::move(proxies)};
}

Result<EngineOptions> engine_options(const LabOptions& options, const Script& script) {
  EngineOptions out;
  out.seed = options.seed;
  out.deterministic = options.deterministic;
  base::RealRandom salt;
  out.id_salt = salt.next();
  if (options.check) return out;  // a script can be checked where its keys are not
  for (const auto& reference : script.keys) {
    auto key = reference.resolve();
    if (!key) {
      return fail(key.error().code,
                  fmt::format("{}: keys: {}", options.script, key.error().detail));
    }
    out.keys.push_back(*std::move(key));
  }
  return out;
}

/// Written beside and renamed, so that a reader sees all of it or nothing.
Result<void> write_ready_file(const std::string& path, const std::string& address) {
  const std::string beside = path + ".tmp";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << fmt::format("{{\"listeners\":[{{\"name\":\"lab\",\"address\":{}}}]}}\n",
                        base::json_string(address));
    if (!file.flush()) return fail(Errc::io_failed, fmt::format("cannot write {}", beside));
  }
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error)
    return fail(Errc::io_failed, fmt::format("cannot write {}: {}", path, error.message()));
  return {};
}

/// Made before the lab accepts, so that no signal finds the default action.
class StopSignal {
 public:
  StopSignal() {
    signals_.async_wait([](const boost::system::error_code&, int) {});
  }
  void wait() { io_.run(); }

 private:
  base::asio::io_context io_{1};
  base::asio::signal_set signals_{io_, SIGTERM, SIGINT};
};

std::string session_error(const base::Error& error) {
  openai::ApiError shown = openai::error_of_status(base::row(error.code).http_status);
  shown.message = error.detail;
  return openai::error_body(shown);
}

/// The running lab: one loop in a thread of its own, the server on it.
class Lab {
 public:
  Lab(Script script, EngineOptions options)
      : engine_(std::move(script), std::move(options)), loop_(clock_) {}

  Result<void> prepare(const LabOptions& options) {
    if (!options.replay.empty()) {
      auto recording = load_recording(options.replay);
      if (!recording) return recording.error();
      recording_ = *std::move(recording);
    }
    if (!options.record.empty()) {
      auto settings = recorder_options(options);
      if (!settings) return settings.error();
      auto recorder = Recorder::create(loop_, *settings);
      if (!recorder) return recorder.error();
      recorder_ = *std::move(recorder);
    }
    service_.emplace(Service::Sources{engine_, recorder_.get(), recording_ ? &*recording_ : nullptr,
                                      options.speed});
    return {};
  }

  Result<std::string> listen(const std::string& address) {
    auto parsed = base::config::Address::parse(address);
    if (!parsed) return fail(Errc::config_invalid, "--listen: " + parsed.error().detail);
    http::ListenOptions where;
    where.host = parsed->host;
    where.port = parsed->port;
    const auto handler = [this](http::Exchange& exchange) { return service_->serve(exchange); };
    server_.emplace(std::vector<base::Loop*>{&loop_}, http::ServerLimits{}, handler, session_error,
                    log_);
    return server_->listen(where);
  }

  void start() {
    thread_ = std::thread([this] { loop_.run(); });
  }

  /// Answers under way may end within the grace; hangs and stalls are closed then.
  void stop() {
    server_->drain();
    wait_for_connections(kDrainGrace);
    server_->close_all();
    wait_for_connections(kDrainGrace);
    loop_.stop();
    thread_.join();
  }

 private:
  /// The server has a count to look at, but nothing to wait for.
  void wait_for_connections(base::Duration grace) {
    base::asio::io_context io{1};
    const base::MonoTime until = clock_.now() + grace;
    while (server_->stats().connections_open > 0 && clock_.now() < until) {
      base::asio::steady_timer(io, kPoll).wait();
    }
  }

  base::RealClock clock_;
  base::Log log_{base::LogLevel::warning, base::LogFormat::text};
  Engine engine_;
  std::optional<Recording> recording_;
  base::Loop loop_;
  std::unique_ptr<Recorder> recorder_;
  std::optional<Service> service_;
  std::optional<http::Server> server_;
  std::thread thread_;
};

Result<void> serve(const LabOptions& options) {
  if (options.record.empty() != options.upstream.empty()) {
    return fail(Errc::config_invalid, "--record and --upstream go together");
  }
  if (!options.record.empty() && !options.replay.empty()) {
    return fail(Errc::config_invalid, "--record and --replay exclude each other");
  }
  auto script = load_script(options.script);
  if (!script) return script.error();
  auto engine = engine_options(options, *script);
  if (!engine) return engine.error();
  Lab lab(*std::move(script), *std::move(engine));
  auto ready = lab.prepare(options);
  if (!ready || options.check) return ready;
  StopSignal stop;
  auto address = lab.listen(options.listen);
  if (!address) return address.error();
  lab.start();
  fmt::print("headgate lab: http://{} (OpenAI clients: with /v1), journal at /lab/requests\n",
             *address);
  std::fflush(stdout);
  auto written = Result<void>{};
  if (!options.ready_file.empty()) written = write_ready_file(options.ready_file, *address);
  if (written) stop.wait();
  lab.stop();
  return written;
}

}  // namespace

int run_lab(const LabOptions& options) {
  const auto served = serve(options);
  if (served) return 0;
  fmt::print(stderr, "{}\n", served.error().detail);
  return kExitNoStart;
}

}  // namespace headgate::lab
