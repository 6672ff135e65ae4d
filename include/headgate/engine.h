// Headgate within this process: gateway, agents, journal, traces, and the HTTP API where the
// configuration has `server.listen`. Load, add tools, start, run agents, stop. Touches no signal
// handler, no limit and no locale of the process; its threads are its own. Engines of one process
// need storage folders of their own. Set up and ended by one thread; what is marked so is called by
// any, several at a time, and blocks only its caller.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "headgate/result.h"
#include "headgate/run.h"
#include "headgate/tool.h"

namespace headgate {

class Engine {
 public:
  /// Reads the configuration that `headgate serve` would. Errors: config_invalid, every problem as
  /// FILE:LINE:COLUMN: key: what.
  static Result<Engine> load(const std::filesystem::path& file);
  /// The same of YAML text, whose relative paths start at `folder`; its problems are those of a
  /// file named "configuration".
  static Result<Engine> parse(std::string_view yaml, const std::filesystem::path& folder = ".");

  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  /// Stops, where stop() was not called.
  ~Engine();

  /// The function behind the tool `name`, which the configuration declares with `native: true`.
  /// REQUIRES: before start(); the function is not empty. A second function of a name takes the
  /// place of the first.
  void add_tool(std::string name, ToolFunction function);

  /// Takes up the runs that an earlier process has left, and listens if it is to. `tool_threads`:
  /// how many calls of functions go on at a time. Once. Errors: config_invalid, a native tool
  /// without a function or a function without a tool; what could not be opened or bound.
  Result<void> start(std::size_t tool_threads = 4);
  /// "127.0.0.1:8787" once it listens; else empty.
  std::string address() const;

  // Between start() and stop(), by any thread (a tool's too, as long as other tool threads are
  // left). Errors: draining: it is not running, or being stopped; a run that was waited for goes on
  // after the next start.

  /// Until the run has ended or waits for a person. Errors: not_found, no such agent;
  /// invalid_request; overloaded; what goes wrong within a run is its status and no error.
  Result<Run> run(const RunRequest& request);
  /// Returns as soon as the run is in the journal. Errors: as run().
  Result<Run> begin(const RunRequest& request);
  /// As run(), of one that is there, for at most `timeout`; zero: how it stands. Errors: not_found.
  Result<Run> wait(const std::string& run_id, std::chrono::milliseconds timeout);
  /// Lets a call be made or not, once the decision is in the audit trail and in the journal. The
  /// run goes on by itself. Errors: not_found; permission_denied, `by` may not decide it; conflict,
  /// the digest is not the call's, or it was decided before.
  Result<void> approve(const Decision& decision);
  Result<void> deny(const Decision& decision);
  /// Errors: not_found; conflict, it has ended.
  Result<void> cancel(const std::string& run_id, const Caller& by);

  /// Takes no more work, lets calls under way end for `server.drain_timeout_ms`, closes everything.
  /// Runs that have not ended go on after the next start. Waits for functions that have not
  /// returned, however long they take. A second call does nothing.
  void stop();

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  Result<void> decide(const Decision& decision, bool approves);
  std::unique_ptr<Parts> parts_;
};

}  // namespace headgate
