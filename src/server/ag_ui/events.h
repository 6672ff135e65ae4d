// A run's journal as AG-UI events (AG-UI 1.0), each a server-sent event: agents are steps, answers
// of models are messages and calls of tools, what waits for a person is an interrupt. Keeps what
// the order of events needs: the step that is open, and the tokens of the calls that it saw. Lives
// in the endpoint's frame.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agents/journal/fold.h"
#include "base/json/writer.h"
#include "base/result.h"
#include "server/agents/run_wait.h"
#include "storage/runs/run_rows.h"

namespace headgate::server {

class AgUiEvents {
 public:
  /// `thread` and `run`: as the client calls them; `id`: the run's own.
  AgUiEvents(std::string thread, std::string run, std::string id)
      : thread_(std::move(thread)), run_(std::move(run)), id_(std::move(id)) {}

  std::string begin() const;
  /// May be nothing.
  std::string of(const storage::RunEntry& entry);
  /// Of an answer that is being written.
  std::string text(const TextChange& change);
  /// Of a run that does not go on by itself.
  std::string end(const agents::RunState& state);
  /// Of one that nobody can be told the end of.
  std::string broken(const base::Error& error);

 private:
  struct Tokens {
    std::int64_t input = 0;
    std::int64_t cached = 0;
    std::int64_t cache_write = 0;
    std::int64_t output = 0;
    std::int64_t reasoning = 0;
  };
  void begin_step(std::string& out, std::string agent);
  void end_step(std::string& out);
  std::string message() const;
  void begin_text(std::string& out);
  void add_text(std::string& out, std::string_view piece) const;
  void end_text(std::string& out);
  void withdraw(std::string& out);
  void add_answer(std::string& out, const storage::RunEntry& entry);
  void add_calls(std::string& out, std::string_view calls, std::string_view message) const;
  void add_result(std::string& out, std::string_view call, std::string_view content) const;
  void write_usage(base::json::Writer& writer) const;
  void add_end(std::string& out, const agents::RunState& state);
  void add_error(std::string& out, std::string_view code, std::string_view message);

  std::string thread_;
  std::string run_;
  std::string id_;
  std::string step_;
  std::int64_t asked_ = 0;  // the entry that the last call of a model began with
  int withdrawn_ = 0;       // answers to it that were not the answer
  bool text_is_open_ = false;
  std::map<std::string, Tokens, std::less<>> tokens_;  // by model
};

}  // namespace headgate::server
