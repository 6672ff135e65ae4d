// The C++ API as an embedder meets it, mostly where something goes wrong.
#include "headgate/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "provider.h"

namespace {

using headgate::Engine;
using AgentRun = headgate::Run;  // Run is taken by GoogleTest
using headgate::RunStatus;
using headgate::ToolCall;
using headgate::ToolResult;
using testing::HasSubstr;
using testing::MatchesRegex;
using namespace std::chrono_literals;

// Asks for the tool that the user names, then says what it said.
constexpr std::string_view kScript = R"(
models: [lab-agent]
rules:
  - match: {last_role: tool, tool_result_contains: [happy, '"cents":', Ada]}
    answer: "It worked."
  - match: {last_role: tool, tool_result_contains: [out of paper]}
    answer: "The printer failed."
  - match: {last_role: tool, tool_result_contains: [not approved]}
    answer: "I may not."
  - match: {last_role: tool}
    answer: "That did not work."
  - match: {user_contains: [say hello]}
    answer: "Hello."
  - match: {user_contains: [call quote], has_tool: quote}
    answer: {tool_calls: [{name: quote, arguments: {order_id: ORD-7, weight: 2}}]}
  - match: {user_contains: [call wrongly], has_tool: quote}
    answer: {tool_calls: [{name: quote, arguments: {order_id: 7}}]}
  - match: {user_contains: [call ship], has_tool: ship}
    answer: {tool_calls: [{name: ship, arguments: {order_id: ORD-7}}]}
  - match: {user_contains: [call refund], has_tool: refund}
    answer: {tool_calls: [{name: refund, arguments: {order_id: ORD-7}}]}
)";

constexpr std::string_view kConfig = R"(
providers:
  lab: {kind: openai, base_url: "http://PROVIDER/v1", api_key: "env:HEADGATE_TEST_KEY"}
models:
  agent: {provider: lab, upstream_model: lab-agent}
routes:
  all: {retry: {attempts_max: 1}}
storage: {path: store}
telemetry: {log_level: off}
server: {threads: 2, drain_timeout_ms: 5000}
tools:
  quote:
    native: true
    effect: pure
    timeout_ms: 200
    input: {type: object, properties: {order_id: {type: string}, weight: {type: number}},
            required: [order_id]}
  ship:
    native: true
    timeout_ms: 200
    input: {type: object, properties: {order_id: {type: string}}}
  refund:
    native: true
    effect: idempotent
    approval: always
    scopes: [refunds]
    input: {type: object, properties: {order_id: {type: string}}}
agents:
  desk: {prompt: You help., model: agent, tools: [quote, ship, refund]}
)";

ToolResult happy(const ToolCall& /*call*/) { return ToolResult::text("happy"); }

/// Opened by the test, so that a function takes as long as it is to.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void wait() { future_.wait_for(20s); }  // not for ever, where a test has failed

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "headgate-embed-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    ::setenv("HEADGATE_TEST_KEY", "sk-test", 1);
    ::setenv("NO_PROXY", "127.0.0.1", 1);
  }
  ~EngineTest() override { std::filesystem::remove_all(folder_); }

  std::string config() const {
    std::string out(kConfig);
    return out.replace(out.find("PROVIDER"), 8, provider_.address());
  }
  /// With functions that are happy, for the test to replace.
  Engine load() {
    auto engine = Engine::parse(config(), folder_);
    EXPECT_TRUE(engine.ok()) << engine.error().message;
    for (const char* tool : {"quote", "ship", "refund"}) engine->add_tool(tool, happy);
    return std::move(engine).value();
  }
  static headgate::RunRequest request(const std::string& input) {
    headgate::RunRequest out;
    out.agent = "desk";
    out.input = input;
    out.caller = {"ada", "acme", {"refunds"}};
    return out;
  }
  static AgentRun run(Engine& engine, const std::string& input) {
    const auto done = engine.run(request(input));
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? *done : AgentRun{};
  }
  static void start(Engine& engine, std::size_t tool_threads = 4) {
    const auto started = engine.start(tool_threads);
    ASSERT_TRUE(started.ok()) << started.error().message;
  }

  std::filesystem::path folder_;
  Provider provider_{kScript};
};

TEST_F(EngineTest, RunsAnAgentWithAFunction) {
  Engine engine = load();
  ToolCall seen;
  engine.add_tool("quote", [&seen](const ToolCall& call) {
    seen = call;
    return ToolResult::json(R"({"cents":490})");
  });
  start(engine);
  const AgentRun done = run(engine, "call quote");
  EXPECT_EQ(done.status, RunStatus::finished) << done.status_detail;
  EXPECT_EQ(done.output, "It worked.");
  EXPECT_EQ(done.tool_calls, 1);
  EXPECT_TRUE(done.unpriced);
  EXPECT_THAT(done.trace_id, MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(seen.tool, "quote");
  EXPECT_EQ(seen.argument("order_id"), "ORD-7");
  EXPECT_EQ(seen.argument("weight"), "2");
  EXPECT_FALSE(seen.argument("colour").has_value());
  EXPECT_EQ(seen.user + "@" + seen.tenant, "ada@acme");
  EXPECT_EQ(seen.run_id, done.id);
  EXPECT_THAT(seen.idempotency_key, HasSubstr(done.id));
  EXPECT_EQ(engine.address(), "");  // no server.listen
}

TEST_F(EngineTest, SaysWhereAConfigurationIsWrong) {
  const auto broken = Engine::parse("models: {a: {provider: x}}\nagent: {}\n", folder_);
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().code, "config_invalid");
  EXPECT_THAT(broken.error().message, HasSubstr("configuration:2:1: agent: "));
  EXPECT_THAT(broken.error().message, HasSubstr("\n"));
  const auto missing = Engine::load(folder_ / "headgate.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("headgate.yaml"));
}

TEST_F(EngineTest, WantsAFunctionForEachNativeToolAndAToolForEachFunction) {
  auto bare = Engine::parse(config(), folder_);
  ASSERT_TRUE(bare.ok());
  const auto without = bare->start();
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().code, "config_invalid");
  EXPECT_THAT(without.error().message, HasSubstr("tools.quote is native"));
  Engine engine = load();
  engine.add_tool("qoute", happy);
  const auto with_more = engine.start();
  ASSERT_FALSE(with_more.ok());
  EXPECT_THAT(with_more.error().message, HasSubstr("`qoute`"));
}

TEST_F(EngineTest, ListensWhereItIsToldToAndHasItsFolderForItself) {
  std::string listening = config();
  listening.replace(listening.find("server: {"), 9, "server: {listen: 127.0.0.1:0, ");
  auto engine = Engine::parse(listening, folder_);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  for (const char* tool : {"quote", "ship", "refund"}) engine->add_tool(tool, happy);
  start(*engine);
  EXPECT_THAT(engine->address(), MatchesRegex("127.0.0.1:[0-9]+"));
  Engine other = load();
  const auto refused = other.start();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("store"));
  EXPECT_EQ(run(*engine, "say hello").output, "Hello.");
}

TEST_F(EngineTest, RefusesWhatCannotBeAsked) {
  Engine engine = load();
  EXPECT_EQ(engine.run(request("say hello")).error().code, "draining");
  start(engine);
  EXPECT_EQ(engine.start().error().code, "conflict");
  auto unknown = request("say hello");
  unknown.agent = "disk";
  EXPECT_EQ(engine.run(unknown).error().code, "not_found");
  EXPECT_THAT(engine.run(unknown).error().message, HasSubstr("disk"));
  auto not_json = request("");
  not_json.messages_json = "[{";
  EXPECT_EQ(engine.run(not_json).error().code, "invalid_request");
  EXPECT_EQ(engine.wait("run_none", 0ms).error().code, "not_found");
  EXPECT_EQ(engine.cancel("run_none", {}).error().code, "not_found");
  EXPECT_EQ(engine.approve({"run_none", "c1_1", "sha256:0", {}, ""}).error().code, "not_found");
  engine.stop();
  EXPECT_EQ(engine.run(request("say hello")).error().code, "draining");
  engine.stop();
}

TEST_F(EngineTest, TellsTheModelWhatAFunctionThrows) {
  Engine engine = load();
  engine.add_tool("quote",
                  [](const ToolCall&) -> ToolResult { throw std::runtime_error("out of paper"); });
  engine.add_tool("ship", [](const ToolCall&) -> ToolResult { throw 7; });
  start(engine);
  EXPECT_EQ(run(engine, "call quote").output, "The printer failed.");
  EXPECT_EQ(run(engine, "call ship").output, "That did not work.");
}

TEST_F(EngineTest, HoldsArgumentsAndResultsAgainstTheirSchemas) {
  Engine engine = load();
  std::atomic<int> calls{0};
  engine.add_tool("quote", [&calls](const ToolCall&) {
    ++calls;
    return ToolResult::json("{not json, although happy");
  });
  start(engine);
  EXPECT_EQ(run(engine, "call wrongly").output, "That did not work.");
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(run(engine, "call quote").output, "That did not work.");
  EXPECT_EQ(calls, 1);
}

TEST_F(EngineTest, ALateCallHasAnUnknownOutcome) {
  Gate gate;
  Engine engine = load();
  const auto late = [&gate](const ToolCall&) {
    gate.wait();
    return ToolResult::text("happy");
  };
  engine.add_tool("quote", late);
  engine.add_tool("ship", late);
  start(engine);
  EXPECT_EQ(run(engine, "call quote").output, "That did not work.");  // pure: the model is told
  const AgentRun shipped = run(engine, "call ship");
  EXPECT_EQ(shipped.status, RunStatus::needs_attention);
  ASSERT_EQ(shipped.pending.size(), 1u);
  EXPECT_EQ(shipped.pending[0].tool, "ship");
  EXPECT_EQ(shipped.pending[0].digest, "");
  gate.open();
}

TEST_F(EngineTest, ACallThatNoThreadTakesUpHasNotHappened) {
  Gate gate;
  std::atomic<int> calls{0};
  Engine engine = load();
  engine.add_tool("quote", [&](const ToolCall&) {
    ++calls;
    gate.wait();
    return ToolResult::text("happy");
  });
  engine.add_tool("ship", [&calls](const ToolCall&) {
    ++calls;
    return ToolResult::text("happy");
  });
  start(engine, 1);
  run(engine, "call quote");  // its thread is busy from now on
  const AgentRun shipped = run(engine, "call ship");
  EXPECT_EQ(shipped.status, RunStatus::finished) << shipped.status_detail;
  EXPECT_EQ(shipped.output, "That did not work.");
  EXPECT_EQ(calls, 1);
  gate.open();
}

TEST_F(EngineTest, AFunctionMaySayThatItDoesNotKnow) {
  Engine engine = load();
  engine.add_tool("ship", [](const ToolCall&) { return ToolResult::unknown("no receipt"); });
  start(engine);
  const AgentRun shipped = run(engine, "call ship");
  EXPECT_EQ(shipped.status, RunStatus::needs_attention);
  EXPECT_THAT(shipped.status_detail, HasSubstr("no receipt"));
}

TEST_F(EngineTest, CallsWaitForApprovalByTheirDigest) {
  Engine engine = load();
  std::atomic<int> refunds{0};
  engine.add_tool("refund", [&refunds](const ToolCall&) {
    ++refunds;
    return ToolResult::text("happy");
  });
  start(engine);
  const AgentRun waiting = run(engine, "call refund");
  ASSERT_EQ(waiting.status, RunStatus::waiting_for_approval);
  ASSERT_EQ(waiting.pending.size(), 1u);
  const auto& call = waiting.pending[0];
  EXPECT_THAT(call.arguments, HasSubstr("ORD-7"));
  headgate::Decision decision{
      waiting.id, call.call_id, call.digest, {"olga", "acme", {"operator"}}, "fine"};
  auto other = decision;
  other.digest = "sha256:0";
  EXPECT_EQ(engine.approve(other).error().code, "conflict");
  auto himself = decision;
  himself.by = {"ada", "acme", {"operator"}};
  EXPECT_EQ(engine.approve(himself).error().code, "permission_denied");
  auto stranger = decision;
  stranger.by.tenant = "other";
  EXPECT_EQ(engine.approve(stranger).error().code, "permission_denied");
  EXPECT_EQ(refunds, 0);
  const auto approved = engine.approve(decision);
  ASSERT_TRUE(approved.ok()) << approved.error().message;
  const auto done = engine.wait(waiting.id, 10s);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->output, "It worked.");
  EXPECT_EQ(refunds, 1);
  EXPECT_FALSE(engine.approve(decision).ok());
  EXPECT_EQ(refunds, 1);
}

TEST_F(EngineTest, ADeniedCallIsNotMade) {
  Engine engine = load();
  engine.add_tool("refund", [](const ToolCall&) -> ToolResult { std::abort(); });
  start(engine);
  const AgentRun waiting = run(engine, "call refund");
  ASSERT_EQ(waiting.pending.size(), 1u);
  const auto& call = waiting.pending[0];
  const auto denied = engine.deny(
      {waiting.id, call.call_id, call.digest, {"olga", "acme", {"operator"}}, "too late"});
  ASSERT_TRUE(denied.ok()) << denied.error().message;
  EXPECT_EQ(engine.wait(waiting.id, 10s).value().output, "I may not.");
}

TEST_F(EngineTest, ACallerWithoutTheScopeIsDenied) {
  Engine engine = load();
  start(engine);
  auto poor = request("call refund");
  poor.caller.scopes.clear();
  const auto done = engine.run(poor);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->output, "That did not work.");
}

TEST_F(EngineTest, AWaitEndsWhenItsTimeIsOver) {
  Gate gate;
  Engine engine = load();
  engine.add_tool("refund", happy);
  engine.add_tool("ship", [&gate](const ToolCall&) {
    gate.wait();
    return ToolResult::text("happy");
  });
  start(engine);
  const auto begun = engine.begin(request("call ship"));
  ASSERT_TRUE(begun.ok());
  const auto still = engine.wait(begun->id, 1ms);
  ASSERT_TRUE(still.ok()) << still.error().message;
  EXPECT_EQ(still->status, RunStatus::running);
  gate.open();
  EXPECT_EQ(engine.wait(begun->id, 10s).value().output, "It worked.");
}

TEST_F(EngineTest, OneKeyIsOneRun) {
  Engine engine = load();
  start(engine);
  auto asked = request("say hello");
  asked.idempotency_key = "k1";
  EXPECT_EQ(engine.run(asked)->id, engine.run(asked)->id);
  asked.input = "call quote";
  EXPECT_EQ(engine.run(asked).error().code, "idempotency_key_reused");
}

TEST_F(EngineTest, RunsGoOnInTheNextEngine) {
  std::string id;
  {
    Engine engine = load();
    start(engine);
    id = run(engine, "call refund").id;
  }
  Engine next = load();
  start(next);
  const auto found = next.wait(id, 10s);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->status, RunStatus::waiting_for_approval);
}

TEST_F(EngineTest, StopAnswersThoseWhoWait) {
  Gate gate;
  Engine engine = load();
  engine.add_tool("ship", [&gate](const ToolCall&) {
    gate.wait();
    return ToolResult::text("happy");
  });
  start(engine);
  const auto begun = engine.begin(request("call ship"));
  ASSERT_TRUE(begun.ok());
  auto waiting = std::async(std::launch::async, [&] { return engine.wait(begun->id, 60s); });
  std::thread stopping([&engine] { engine.stop(); });
  gate.open();
  const auto told = waiting.get();
  stopping.join();
  if (told.ok()) {
    EXPECT_NE(told->status, RunStatus::running);
  } else {
    EXPECT_EQ(told.error().code, "draining");
  }
}

}  // namespace
