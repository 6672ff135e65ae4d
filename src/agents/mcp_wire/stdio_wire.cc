#include "agents/mcp_wire/stdio_wire.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agents/mcp/object_view.h"
#include "agents/mcp_wire/line_reader.h"
#include "base/async/loop.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kOutBytesMax = 32 * 1024 * 1024;  // that wait for the process to read
constexpr std::string_view kReadsNothing = "it does not read what it is sent";
constexpr std::size_t kErrorLineMax = 1024;
constexpr int kErrorLinesMax = 100;  // in each kErrorWindow
constexpr base::Duration kErrorWindow = base::seconds(10);
constexpr base::Duration kPauseMin = base::seconds(1);
constexpr base::Duration kPauseMax = base::seconds(60);

}  // namespace

struct StdioWire::Pending {
  WireListener& listener;
  base::Cancellation& signal;  // cancelled when the answer is there
  std::optional<WireAnswer> answer;
};

/// Ids are numbers that grow: the last is the newest.
struct StdioWire::ById {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

/// A process from its start to its end, with the tasks that read from it and write to it. They hold
/// it, so it may outlive the wire.
struct StdioWire::Life : std::enable_shared_from_this<StdioWire::Life> {
  Life(base::Loop& l, std::string n, std::unique_ptr<ChildProcess> c, std::size_t bytes_max,
       base::Log* g)
      : loop(l), name(std::move(n)), log(g), child(std::move(c)), lines(bytes_max), tasks(l, {}) {}

  void run() {
    tasks.spawn(read_output(shared_from_this()));
    tasks.spawn(read_errors(shared_from_this()));
  }
  void put(std::string line) {
    out += line;
    if (!std::exchange(writing, true)) tasks.spawn(write_all(shared_from_this()));
  }
  bool has_room(const std::string& line) const { return out.size() + line.size() <= kOutBytesMax; }
  // Nobody waits for these: a process that asks and never reads is ended, or they pile up for ever.
  void reply(std::string line) {
    if (has_room(line)) return put(std::move(line));
    child->kill();
    if (!std::exchange(reads, false) || log == nullptr) return;
    log->warn("mcp_server_ended", {{"server", name}, {"why", kReadsNothing}});
  }

  Async<void> write_all(std::shared_ptr<Life> self) {
    while (!self->out.empty() && !over) {
      const std::string bytes = std::exchange(self->out, {});
      auto written = co_await child->write(bytes);
      if (!written) break;
    }
    writing = false;
  }
  Async<void> read_output(std::shared_ptr<Life> self) {
    std::array<char, kReadBytes> room{};
    std::string why;
    while (why.empty()) {
      auto n = co_await self->child->read_output(room);
      if (!n || *n == 0) break;
      lines.feed(std::string_view(room.data(), *n));
      while (auto line = lines.next()) take(*line);
      if (lines.too_long()) why = "it wrote a line longer than message_bytes_max";
    }
    co_await child->end();
    if (!reads) why = kReadsNothing;
    if (why.empty()) why = child->ended().value_or("it does not end");
    fail_all("the MCP server's process has ended: " + why);
  }
  Async<void> read_errors(std::shared_ptr<Life> self) {
    std::array<char, 4096> room{};
    LineReader words(kErrorLineMax);
    while (true) {
      auto n = co_await self->child->read_errors(room);
      if (!n || *n == 0) break;
      words.feed(std::string_view(room.data(), *n));
      while (auto line = words.next()) tell(*line);
      if (words.too_long()) tell(words.cut());
    }
  }

  void take(std::string_view line) {
    const MessageRead read = read_message(line);
    if (read.wrong) {
      if (!line.empty()) tell("not a message on standard output: " + read.wrong->message);
      return;
    }
    const Message& message = read.message;
    if (message.kind == MessageKind::notification) return told(message);
    if (message.kind == MessageKind::request) {
      tasks.spawn(answer(shared_from_this(), std::string(line)));
      return;
    }
    const auto found = pending.find(message.id);
    if (found == pending.end()) return;  // it came too late
    found->second->answer = answer_of(message);
    found->second->signal.cancel();
  }
  // To the request that it names, else to whoever listens, else to the newest request.
  WireListener* listener_of(const Message& message) {
    ObjectView params(message.params);
    ObjectView meta(params.object("_meta"));
    for (const std::string_view id : {params.raw("progressToken"), meta.raw(key::kSubscription)}) {
      const auto found = pending.find(id);
      if (!id.empty() && found != pending.end()) return &found->second->listener;
    }
    const bool of_call = message.method == method::kLogMessage;
    if (idle != nullptr && !of_call) return idle;
    return pending.empty() ? idle : &pending.rbegin()->second->listener;
  }
  void told(const Message& message) {
    if (WireListener* listener = listener_of(message)) listener->told(message);
  }
  Async<void> answer(std::shared_ptr<Life> self, std::string line) {
    const MessageRead read = read_message(line);
    base::Context ctx{loop, self->cancellation};
    WireListener* listener = pending.empty() ? idle : &pending.rbegin()->second->listener;
    RpcError error{RpcCode::method_not_found, "nobody answers", ""};
    std::string said = write_error(read.message.id, error);
    if (listener != nullptr) {
      auto result = co_await listener->asked(ctx, read.message);
      if (!result) error.message = result.error().detail;
      said = result ? write_result(read.message.id, *result) : write_error(read.message.id, error);
    }
    reply(as_line(std::move(said)));
  }
  void fail_all(const std::string& why) {
    over = true;
    cancellation.cancel();
    end = why;
    for (const auto& [id, one] : pending) one->signal.cancel();
  }
  void tell(std::string_view line) {
    if (log == nullptr) return;
    if (loop.now() - window > kErrorWindow) {
      window = loop.now();
      told_lines = 0;
    }
    if (++told_lines > kErrorLinesMax) {
      ++dropped_lines;
      return;
    }
    log->info("mcp_server_says", {{"server", name},
                                  {"text", line.substr(0, kErrorLineMax)},
                                  {"dropped_before", std::exchange(dropped_lines, 0)}});
  }

  base::Loop& loop;
  const std::string name;
  base::Log* log;
  std::unique_ptr<ChildProcess> child;
  LineReader lines;
  std::string out;
  bool writing = false;
  bool reads = true;  // what it is sent
  bool over = false;
  std::string end;
  std::map<std::string, Pending*, ById> pending;
  WireListener* idle = nullptr;
  base::Cancellation cancellation;
  base::MonoTime window{};
  int told_lines = 0;
  int dropped_lines = 0;
  base::TaskGroup tasks;
};

StdioWire::StdioWire(base::Loop& loop, std::string name, ChildOptions options,
                     const RemoteLimits& limits, base::Log* log)
    : loop_(loop),
      name_(std::move(name)),
      options_(std::move(options)),
      limits_(limits),
      log_(log) {}

StdioWire::~StdioWire() {
  if (alive()) life_->child->kill();
}

pid_t StdioWire::pid() const { return life_ ? life_->child->pid() : -1; }

bool StdioWire::alive() const { return life_ && !life_->over; }

Result<void> StdioWire::ensure_started() {
  if (alive()) return {};
  const base::MonoTime now = loop_.now();
  if (life_) {
    const bool lived = now - started_at_ > kPauseMax;
    pause_ = lived ? kPauseMin : std::clamp(pause_ * 2, kPauseMin, kPauseMax);
    start_after_ = started_at_ + pause_;
  }
  if (now < start_after_) {
    return fail(Errc::upstream_connect, life_ ? life_->end + "; it is started again soon"
                                              : "the MCP server is started again soon");
  }
  started_at_ = now;
  auto child = ChildProcess::start(loop_, options_);
  if (!child) {
    start_after_ = now + kPauseMin;
    return child.error();
  }
  life_ = std::make_shared<Life>(loop_, name_, std::move(*child),
                                 static_cast<std::size_t>(limits_.message_bytes_max), log_);
  life_->run();
  return {};
}

Result<void> StdioWire::put(std::string line) {
  if (!life_->has_room(line)) {
    return fail(Errc::overloaded, "the MCP server does not read what it is sent");
  }
  life_->put(std::move(line));
  return {};
}

Task<WireAnswer> StdioWire::request(base::Context& ctx, const WireRequest& request,
                                    WireListener& listener) {
  if (auto started = ensure_started(); !started) co_return started.error();
  const std::shared_ptr<Life> life = life_;
  base::Cancellation signal;
  const base::Cancellation::Callback gone(
      ctx.cancellation, [](void* target) { static_cast<base::Cancellation*>(target)->cancel(); },
      &signal);
  Pending one{listener, signal, std::nullopt};
  life->pending[request.id] = &one;
  auto put_in = put(as_line(write_request(request.id, request.method, request.params)));
  if (put_in) co_await base::sleep_until(loop_, ctx.deadline, signal);
  life->pending.erase(request.id);
  if (!put_in) co_return put_in.error();
  if (one.answer) co_return std::move(*one.answer);
  if (life->over) co_return fail(Errc::upstream_reset, life->end);
  if (ctx.cancellation.cancelled()) co_return fail(Errc::cancelled, "the caller went away");
  co_return fail(Errc::timeout_total, "the MCP server did not answer in time");
}

Task<void> StdioWire::send(base::Context& /*ctx*/, const std::string& message) {
  if (!alive()) co_return fail(Errc::upstream_reset, "the MCP server's process has ended");
  co_return put(as_line(message));
}

Task<void> StdioWire::listen(base::Context& ctx, WireListener& listener) {
  if (!alive()) co_return fail(Errc::upstream_reset, "the MCP server's process has ended");
  const std::shared_ptr<Life> life = life_;
  life->idle = &listener;
  listener.opened();
  base::Cancellation signal;
  const auto wake = [](void* target) { static_cast<base::Cancellation*>(target)->cancel(); };
  const base::Cancellation::Callback gone(ctx.cancellation, wake, &signal);
  const base::Cancellation::Callback ended(life->cancellation, wake, &signal);
  co_await base::sleep_until(loop_, ctx.deadline, signal);
  life->idle = nullptr;
  co_return Result<void>{};
}

Task<void> StdioWire::close(base::Context& /*ctx*/) {
  if (alive()) co_await life_->child->end();
  co_return Result<void>{};
}

}  // namespace headgate::agents::mcp
