// A program with an agent in it: the agent is told of by headgate.yaml, one of its tools is a
// function of this file. Asks it one question and prints what came of that.
#include <headgate/headgate.h>

#include <cmath>
#include <cstdio>
#include <string>

namespace {

// Headgate has held the arguments against the schema in headgate.yaml.
headgate::ToolResult quote_shipping(const headgate::ToolCall& call) {
  const double kilograms = std::stod(call.argument("weight_kg").value_or("0"));
  const bool is_abroad = call.argument("country") != "DE";
  if (kilograms > 30) return headgate::ToolResult::failed("parcels weigh at most 30 kg");
  const long cents = (is_abroad ? 1'250 : 490) + std::lround(kilograms * 120);
  return headgate::ToolResult::json("{\"cents\": " + std::to_string(cents) + "}");
}

int fail(const headgate::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  auto engine = headgate::Engine::load(argc > 1 ? argv[1] : "headgate.yaml");
  if (!engine) return fail(engine.error());
  engine->add_tool("quote_shipping", quote_shipping);
  if (auto started = engine->start(); !started) return fail(started.error());

  headgate::RunRequest request;
  request.agent = "desk";
  request.input = "What does it cost to send 4.5 kg to France?";
  request.caller.user = "ada";
  const auto run = engine->run(request);
  if (!run) return fail(run.error());
  if (run->status != headgate::RunStatus::finished) {
    return fail({"internal", "the run has not finished: " + run->status_detail});
  }
  std::printf("answer: %s\ncost:   $%s\ntrace:  %s\n", run->output.c_str(), run->cost_usd.c_str(),
              run->trace_id.c_str());
  engine->stop();
}
