// A child process that does not keep to the rules, in real time: it is one.
#include "agents/mcp_wire/stdio_wire.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/async/loop.h"
#include "base/async/task_group.h"

namespace headgate::agents::mcp {
namespace {

using base::Errc;

/// Answers every question with a megabyte.
class Verbose final : public WireListener {
 public:
  void told(const Message& /*notification*/) override {}
  base::Task<std::string> asked(base::Context& /*ctx*/, const Message& /*request*/) override {
    co_return R"({"words":")" + std::string(1024 * 1024, 'w') + "\"}";
  }
};

class StdioWireTest : public testing::Test {
 protected:
  base::Async<void> ask(StdioWire& wire) {
    base::Cancellation cancellation;
    base::Context ctx{loop_, cancellation};
    ctx.deadline = loop_.now() + base::seconds(20);
    WireRequest request;
    request.id = "1";
    request.method = "tools/list";
    request.params = "{}";
    Verbose verbose;
    auto answer = co_await wire.request(ctx, request, verbose);
    if (!answer) error_ = answer.error();
    loop_.stop();
  }
  void run(const std::string& script) {
    ChildOptions child;
    child.command = {"/bin/sh", "-c", script};
    child.environment = {"PATH=/usr/local/bin:/usr/bin:/bin"};
    StdioWire wire(loop_, "rude", child, limits_, nullptr);
    base::TaskGroup tasks(loop_, nullptr);
    tasks.spawn(ask(wire));
    loop_.run();
  }

  base::RealClock clock_;
  RemoteLimits limits_;
  std::optional<base::Error> error_;
  base::Loop loop_{clock_};
};

// 40 MiB of answers, where 32 may wait.
TEST_F(StdioWireTest, AProcessThatAsksAndNeverReadsIsEnded) {
  run(R"(i=0; while [ $i -lt 40 ]; do echo '{"jsonrpc":"2.0","id":7,"method":"ping"}'; )"
      "i=$((i+1)); done; exec sleep 60");
  ASSERT_TRUE(error_.has_value());
  EXPECT_EQ(error_->code, Errc::upstream_reset) << error_->detail;
  EXPECT_NE(error_->detail.find("does not read"), std::string::npos) << error_->detail;
}

// Its end comes while bytes wait for it, which must not be ours.
TEST_F(StdioWireTest, AProcessThatDiesWithoutReadingEndsNobodyElse) {
  run(R"(echo '{"jsonrpc":"2.0","id":7,"method":"ping"}'; sleep 0.2; exit 3)");
  ASSERT_TRUE(error_.has_value());
  EXPECT_EQ(error_->code, Errc::upstream_reset) << error_->detail;
  EXPECT_NE(error_->detail.find("exit code 3"), std::string::npos) << error_->detail;
}

}  // namespace
}  // namespace headgate::agents::mcp
