#include "agents/mcp_wire/child_process.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "base/async/completion.h"

namespace headgate::agents::mcp {

using base::Async;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr base::Duration kStopTime = base::seconds(2);  // for its input to end, and once asked
constexpr base::Duration kLookEvery = base::milliseconds(20);

/// Both ends of a pipe, closed unless taken.
class PipePair {
 public:
  PipePair() = default;
  ~PipePair() {
    for (const int fd : ends_) {
      if (fd >= 0) ::close(fd);
    }
  }
  PipePair(const PipePair&) = delete;
  PipePair& operator=(const PipePair&) = delete;

  bool open() { return ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  int end(std::size_t which) const { return ends_[which]; }
  int take(std::size_t which) { return std::exchange(ends_[which], -1); }
  void close(std::size_t which) { ::close(take(which)); }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::string variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& line : environment) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') {
      return line.substr(name.size() + 1);
    }
  }
  return {};
}

// Where the program is: looked up before the fork, since little may be done after it.
std::string find_program(const ChildOptions& options) {
  const std::string& name = options.command.front();
  if (name.find('/') != std::string::npos) return name;
  std::string path = variable(options.environment, "PATH");
  if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return {};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

/// All that the child needs, made before it is.
struct Plan {
  std::string program;
  std::string folder;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int input;
  int output;
  int errors;
  int report;  // the errno of what failed
  pid_t parent;
};

// In the child, between fork and exec: only what is safe after a signal.
[[noreturn]] void become(const Plan& plan) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGXFSZ, SIGTERM, SIGINT, SIGHUP, SIGCHLD})
    ::signal(number, SIG_DFL);
  const bool orphan = ::getppid() != plan.parent;  // it died before it could tell us
  const bool ready = !orphan && ::dup2(plan.input, 0) == 0 && ::dup2(plan.output, 1) == 1 &&
                     ::dup2(plan.errors, 2) == 2 &&
                     (plan.folder.empty() || ::chdir(plan.folder.c_str()) == 0);
  if (ready) ::execve(plan.program.c_str(), plan.arguments.data(), plan.environment.data());
  const int why = errno;
  [[maybe_unused]] const auto n = ::write(plan.report, &why, sizeof why);
  ::_exit(127);
}

// Without the signal that ends a program by default whose reader has gone: whether it is ignored is
// for the program around to say, which may not be ours.
ssize_t write_quietly(int number, std::string_view bytes) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t n = ::write(number, bytes.data(), bytes.size());
  const int why = errno;
  const timespec at_once{};
  if (n < 0 && why == EPIPE) sigtimedwait(&pipe, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = why;
  return n;
}

base::Error cannot_start(const std::string& name, const std::string& why) {
  return fail(Errc::upstream_connect, "the MCP server '" + name + "' cannot be started: " + why);
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(base::Loop& loop,
                                                          const ChildOptions& options) {
  if (options.command.empty()) return cannot_start("", "there is no command");
  const std::string& name = options.command.front();
  Plan plan{find_program(options),
            options.folder,
            pointers(options.command),
            pointers(options.environment),
            -1,
            -1,
            -1,
            -1,
            ::getpid()};
  if (plan.program.empty()) return cannot_start(name, "it is not on the PATH");
  PipePair input;
  PipePair output;
  PipePair errors;
  PipePair report;
  const bool opened = input.open() && output.open() && errors.open() && report.open();
  if (!opened) return cannot_start(name, std::strerror(errno));
  plan.input = input.end(0);
  plan.output = output.end(1);
  plan.errors = errors.end(1);
  plan.report = report.end(1);
  const pid_t pid = ::fork();
  if (pid < 0) return cannot_start(name, std::strerror(errno));
  if (pid == 0) become(plan);
  ::setpgid(pid, pid);  // whoever is first
  report.close(1);
  int why = 0;
  const auto n = ::read(report.end(0), &why, sizeof why);  // its end comes with exec
  if (n == sizeof why) {
    ::waitpid(pid, nullptr, 0);
    return cannot_start(name, std::strerror(why));
  }
  return std::unique_ptr<ChildProcess>(
      new ChildProcess(loop, pid, input.take(1), output.take(0), errors.take(0)));
}

ChildProcess::ChildProcess(base::Loop& loop, pid_t pid, int input, int output, int errors)
    : loop_(loop),
      pid_(pid),
      input_(loop.io(), input),
      output_(loop.io(), output),
      errors_(loop.io(), errors) {
  for (Pipe* pipe : {&input_, &output_, &errors_}) pipe->non_blocking(true);
}

ChildProcess::~ChildProcess() {
  if (ended()) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::kill() {
  if (!ended()) ::kill(-pid_, SIGKILL);
}

std::optional<std::string> ChildProcess::ended() {
  int status = 0;
  if (ended_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return ended_;
  ended_ = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                               : "exit code " + std::to_string(WEXITSTATUS(status));
  ::kill(-pid_, SIGKILL);  // what it may have started and left
  return ended_;
}

Async<bool> ChildProcess::gone_within(base::Duration time) {
  const base::MonoTime until = loop_.now() + time;
  while (!ended() && loop_.now() < until) {
    const base::MonoTime at = loop_.now() + kLookEvery;
    co_await base::sleep_until(loop_, at);
  }
  co_return ended_.has_value();
}

Async<void> ChildProcess::end() {
  boost::system::error_code ignored;
  input_.close(ignored);
  const bool left = co_await gone_within(kStopTime);
  if (left) co_return;
  ::kill(-pid_, SIGTERM);
  const bool obeyed = co_await gone_within(kStopTime);
  if (obeyed) co_return;
  ::kill(-pid_, SIGKILL);
  co_await gone_within(kStopTime);
}

Task<std::size_t> ChildProcess::read(Pipe& pipe, std::span<char> room) {
  base::Completion<boost::system::error_code, std::size_t> done;
  pipe.async_read_some(boost::asio::buffer(room.data(), room.size()), done.handler());
  co_await done;
  const boost::system::error_code error = done.result<0>();
  if (error == boost::asio::error::eof) co_return std::size_t{0};
  if (error) co_return fail(Errc::upstream_reset, "reading from it: " + error.message());
  co_return done.result<1>();
}

Task<std::size_t> ChildProcess::read_output(std::span<char> room) { return read(output_, room); }
Task<std::size_t> ChildProcess::read_errors(std::span<char> room) { return read(errors_, room); }

Task<void> ChildProcess::write(std::string_view bytes) {
  while (true) {
    const ssize_t n = write_quietly(input_.native_handle(), bytes);
    const int why = n < 0 ? errno : 0;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    if (bytes.empty()) co_return Result<void>{};
    const bool failed = why != 0 && why != EAGAIN && why != EINTR;
    if (failed) {
      co_return fail(Errc::upstream_reset, std::string("writing to it: ") + std::strerror(why));
    }
    base::Completion<boost::system::error_code> room;
    input_.async_wait(Pipe::wait_write, room.handler());
    co_await room;
    const boost::system::error_code error = room.result();
    if (error) co_return fail(Errc::upstream_reset, "writing to it: " + error.message());
  }
}

}  // namespace headgate::agents::mcp
