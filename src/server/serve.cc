#include "server/serve.h"

#include <boost/asio/signal_set.hpp>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "server/app.h"

namespace headgate::server {
namespace {

// Thousands of connections need as many descriptors; the soft limit is often 1024.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Whoever reads the log may go away, and a file may reach a limit: both are errors of a write here,
// not the end of the program.
void outlive_writes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

class Signals {
 public:
  explicit Signals(App& app) : app_(app), signals_(app.main_loop().io(), SIGTERM, SIGINT, SIGHUP) {
    wait();
  }

 private:
  void wait() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      signal == SIGHUP ? app_.reload() : app_.drain();
      wait();
    });
  }

  App& app_;
  boost::asio::signal_set signals_;
};

}  // namespace

int serve(const ServeOptions& options) {
  LoadedConfig loaded = load_config(options.config);
  for (const auto& problem : loaded.problems) {
    std::fprintf(stderr, "%s\n", problem.text(options.config.string()).c_str());
  }
  if (!loaded.ok()) return 1;
  raise_descriptor_limit();
  outlive_writes();
  App app({options.config, options.listen, options.ready_file}, std::move(loaded.value));
  const Signals signals(app);
  auto started = app.start();
  if (!started) {
    std::fprintf(stderr, "headgate: %s\n", started.error().detail.c_str());
  } else {
    app.run();
  }
  app.stop();
  return started ? 0 : 1;
}

}  // namespace headgate::server
