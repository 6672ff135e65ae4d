// A scripted provider in this process: the lab's engine behind a server of its own, on a loop with
// a thread. One per test; stopped when it is destroyed.
#pragma once

#include <string>
#include <string_view>
#include <thread>

#include "base/async/loop.h"
#include "base/clock.h"
#include "base/text/log.h"
#include "http/server/server.h"
#include "lab/service.h"

class Provider {
 public:
  /// `script`: YAML, as of `headgate lab`.
  explicit Provider(std::string_view script);
  ~Provider();
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  /// "127.0.0.1:41234".
  const std::string& address() const { return address_; }

 private:
  headgate::base::RealClock clock_;
  headgate::base::Log log_{headgate::base::LogLevel::off, headgate::base::LogFormat::text};
  headgate::lab::Engine engine_;
  headgate::lab::Service service_{{engine_}};
  headgate::base::Loop loop_{clock_};
  headgate::http::Server server_;
  std::string address_;
  std::thread thread_;
};
