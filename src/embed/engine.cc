#include "headgate/engine.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "embed/values.h"
#include "server/app.h"

namespace headgate {

using embed::inside;
using embed::outside;

struct Engine::Parts {
  server::Config config;
  bool listens = false;
  agents::NativeFunctions functions;
  std::optional<server::App> app;  // there from start() on, unless that fails
  std::thread main;                // of its main loop
  bool was_started = false;
  bool was_stopped = false;

  base::Result<void> start(std::size_t tool_threads);
};

namespace {

Error not_running() { return {"draining", "Headgate has not been started."}; }

// What a library throws is an error of the call.
template <class Call>
auto caught(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return Error{"internal", error.what()};
  }
}

Error error_of(const server::LoadedConfig& loaded, const std::string& file) {
  Error out{"config_invalid", {}};
  for (const auto& problem : loaded.problems) {
    if (!out.message.empty()) out.message += '\n';
    out.message += problem.text(file);
  }
  return out;
}

Result<Run> outside_of(const base::Result<server::LocalRun>& run) {
  if (!run) return outside(run.error());
  return outside(*run);
}

Result<void> outside_of(const base::Result<void>& done) {
  if (!done) return outside(done.error());
  return {};
}

// Without server.listen, other programs have no way in.
bool says_where_to_listen(const server::LoadedConfig& loaded) {
  return base::config::Cursor(loaded.root)["server"]["listen"].present();
}

}  // namespace

base::Result<void> Engine::Parts::start(std::size_t tool_threads) {
  if (auto fits = agents::check_declared(config.tools, functions); !fits) return fits;
  server::AppOptions options;
  options.listens = listens;
  options.functions = std::move(functions);
  options.function_threads = std::max<std::size_t>(tool_threads, 1);
  app.emplace(std::move(options), std::move(config));
  auto started = app->start();
  if (!started) {
    app->stop();
    app.reset();
    return started;
  }
  main = std::thread([this] { app->run(); });
  return {};
}

Engine::Engine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&& other) noexcept {
  if (this == &other) return *this;
  stop();
  parts_ = std::move(other.parts_);
  return *this;
}
Engine::~Engine() { stop(); }

Result<Engine> Engine::load(const std::filesystem::path& file) {
  return caught([&]() -> Result<Engine> {
    auto loaded = server::load_config(file);
    if (!loaded.ok()) return error_of(loaded, file.string());
    auto parts = std::make_unique<Parts>();
    parts->listens = says_where_to_listen(loaded);
    parts->config = std::move(loaded.value);
    return Engine(std::move(parts));
  });
}

Result<Engine> Engine::parse(std::string_view yaml, const std::filesystem::path& folder) {
  return caught([&]() -> Result<Engine> {
    auto loaded = server::parse_config(yaml, std::filesystem::absolute(folder));
    if (!loaded.ok()) return error_of(loaded, "configuration");
    auto parts = std::make_unique<Parts>();
    parts->listens = says_where_to_listen(loaded);
    parts->config = std::move(loaded.value);
    return Engine(std::move(parts));
  });
}

void Engine::add_tool(std::string name, ToolFunction function) {
  parts_->functions.insert_or_assign(std::move(name), inside(std::move(function)));
}

Result<void> Engine::start(std::size_t tool_threads) {
  if (std::exchange(parts_->was_started, true)) {
    return Error{"conflict", "Headgate was started before; load it anew."};
  }
  return caught([&] { return outside_of(parts_->start(tool_threads)); });
}

std::string Engine::address() const { return parts_->app ? parts_->app->address() : std::string(); }

Result<Run> Engine::begin(const RunRequest& request) {
  if (!parts_->app) return not_running();
  const auto ask = inside(request);
  if (!ask) return outside(ask.error());
  return outside_of(parts_->app->local_runs().begin(*ask));
}

Result<Run> Engine::run(const RunRequest& request) {
  const Result<Run> begun = begin(request);
  if (!begun) return begun;
  return outside_of(parts_->app->local_runs().wait(begun->id, std::nullopt));
}

Result<Run> Engine::wait(const std::string& run_id, std::chrono::milliseconds timeout) {
  if (!parts_->app) return not_running();
  return outside_of(parts_->app->local_runs().wait(run_id, timeout));
}

Result<void> Engine::decide(const Decision& decision, bool approves) {
  if (!parts_->app) return not_running();
  return outside_of(parts_->app->local_runs().decide(inside(decision, approves)));
}

Result<void> Engine::approve(const Decision& decision) { return decide(decision, true); }
Result<void> Engine::deny(const Decision& decision) { return decide(decision, false); }

Result<void> Engine::cancel(const std::string& run_id, const Caller& by) {
  if (!parts_->app) return not_running();
  return outside_of(parts_->app->local_runs().cancel(run_id, inside(by)));
}

void Engine::stop() {
  if (parts_ == nullptr || !parts_->app || std::exchange(parts_->was_stopped, true)) return;
  server::App& app = *parts_->app;
  boost::asio::post(app.main_loop().io(), [&app] { app.drain(); });
  parts_->main.join();
  app.stop();
}

}  // namespace headgate
