#include "cli/running/admin_commands.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>
#include <string>

#include "cli/running/approvals.h"
#include "cli/running/breaker.h"
#include "cli/running/chaos.h"

namespace headgate::cli {
namespace {

void add_server(CLI::App& command, AdminServer& server) {
  command.add_option("--url", server.url, "Of the running server")->capture_default_str();
  command
      .add_option("--key", server.key,
                  "API key with the scope admin, by reference: env:NAME or file:/path")
      ->capture_default_str();
  command.add_option("--ca", server.ca_file, "CA bundle to trust instead of the system's");
}

struct ChaosOptions {
  AdminServer server;
  resilience::ChaosRule rule;
  std::string id;
  bool resets = false;
  bool by_attempt = false;
  bool json = false;
};

void add_match(CLI::App& add, resilience::ChaosMatch& match) {
  add.add_option("--route", match.route, "Only calls of this route");
  add.add_option("--provider", match.provider, "Only of this provider");
  add.add_option("--model", match.model, "Only of this model, by its public name");
  add.add_option("--tenant", match.tenant, "Only of this tenant");
  add.add_option("--user", match.user, "Only of this user");
  add.add_option("--key-id", match.key, "Only with the API key of this id");
  add.add_option("--session", match.session, "Only of this session");
}

void add_fault(CLI::App& add, ChaosOptions& options) {
  auto& fault = options.rule.fault;
  add.add_option("--delay-ms", fault.delay_ms, "Fault: sent so much later");
  add.add_option("--status", fault.status, "Fault: answered with this status, 400 to 599");
  add.add_option("--retry-after-s", fault.retry_after_s, "With --status: its Retry-After");
  add.add_option("--message", fault.message, "With --status: the provider's words");
  add.add_flag("--reset", options.resets, "Fault: reset before an answer");
  add.add_option("--first-token-delay-ms", fault.first_token_delay_ms,
                 "Fault: the answer's body begins so much later");
  add.add_option("--cut-after-bytes", fault.cut_after_bytes, "Fault: closed within the body");
  add.add_option("--stall-after-bytes", fault.stall_after_bytes, "Fault: no more of the body");
  add.add_option("--malformed-after-bytes", fault.malformed_after_bytes,
                 "Fault: the body goes on with nonsense");
}

void add_chaos_add(CLI::App& chaos, const std::shared_ptr<ChaosOptions>& options, int& exit_code) {
  auto* add = chaos.add_subcommand("add", "Make calls fail");
  auto& rule = options->rule;
  add_server(*add, options->server);
  add->add_option("--id", rule.id, "Its name in traces and logs; without it, one is made");
  add_match(*add, rule.match);
  add->add_option("--percent", rule.percent, "Of the calls that match")->capture_default_str();
  add->add_flag("--by-attempt", options->by_attempt,
                "Draw for each attempt, instead of once for a call");
  add_fault(*add, *options);
  add->add_option("--for-s", rule.for_s, "It ends by itself after so long")->capture_default_str();
  add->add_option("--max-hits", rule.max_hits, "And after so many calls");
  add->add_flag("--json", options->json, "As JSON");
  add->callback([options, &exit_code] {
    if (options->resets) options->rule.fault.reset = true;
    if (options->by_attempt) options->rule.draw = resilience::ChaosDraw::attempt;
    exit_code = run_chaos_add(options->server, options->rule, options->json);
  });
}

void add_force(CLI::App& breaker, const std::string& name, const std::string& state,
               const std::string& help, int& exit_code) {
  auto options = std::make_shared<BreakerForceOptions>();
  auto* force = breaker.add_subcommand(name, help);
  add_server(*force, options->server);
  force->add_option("provider", options->provider, "Name of the provider")->required();
  force->add_option("model", options->model, "Model, as the provider calls it")->required();
  force->add_flag("--json", options->json, "As JSON");
  force->callback([options, state, &exit_code] { exit_code = run_breaker_force(*options, state); });
}

}  // namespace

void add_breaker_command(CLI::App& app, int& exit_code) {
  struct Options {
    AdminServer server;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* breaker = app.add_subcommand("breaker", "Breakers of a running server");
  breaker->require_subcommand(1);
  auto* ls = breaker->add_subcommand("ls", "List them");
  add_server(*ls, options->server);
  ls->add_flag("--json", options->json, "As JSON");
  ls->callback(
      [options, &exit_code] { exit_code = run_breaker_ls(options->server, options->json); });
  add_force(*breaker, "open", "open", "Never call it, until told otherwise", exit_code);
  add_force(*breaker, "close", "closed", "Always call it, until told otherwise", exit_code);
  add_force(*breaker, "auto", "auto", "On its own again", exit_code);
}

void add_chaos_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ChaosOptions>();
  auto* chaos = app.add_subcommand("chaos", "Make calls of a running server fail, for tests");
  chaos->require_subcommand(1);
  add_chaos_add(*chaos, options, exit_code);
  auto* ls = chaos->add_subcommand("ls", "List the rules that hold");
  add_server(*ls, options->server);
  ls->add_flag("--json", options->json, "As JSON");
  ls->callback([options, &exit_code] { exit_code = run_chaos_ls(options->server, options->json); });
  auto* rm = chaos->add_subcommand("rm", "End one");
  add_server(*rm, options->server);
  rm->add_option("id", options->id, "Its id")->required();
  rm->callback([options, &exit_code] { exit_code = run_chaos_rm(options->server, options->id); });
  auto* clear = chaos->add_subcommand("clear", "End all");
  add_server(*clear, options->server);
  clear->callback([options, &exit_code] { exit_code = run_chaos_clear(options->server); });
}

namespace {

using ApprovalOptionsPtr = std::shared_ptr<ApprovalOptions>;

void add_approval_server(CLI::App& command, ApprovalOptions& options) {
  command.add_option("--url", options.server.url, "Of the running server")->capture_default_str();
  command
      .add_option("--key", options.server.key,
                  "API key of an approver, by reference: env:NAME or file:/path")
      ->capture_default_str();
  command.add_option("--ca", options.server.ca_file, "CA bundle to trust instead of the system's");
  command.add_flag("--json", options.json, "As JSON");
}

CLI::App* add_of_call(CLI::App& approvals, const std::string& name, const std::string& help,
                      ApprovalOptions& options) {
  auto* command = approvals.add_subcommand(name, help);
  add_approval_server(*command, options);
  command->add_option("run", options.run, "Id of the run")->required();
  command->add_option("call", options.call, "Id of the call, such as c3_1")->required();
  return command;
}

CLI::App* add_decision(CLI::App& approvals, const std::string& name, const std::string& help,
                       const ApprovalOptionsPtr& options, int& exit_code) {
  auto* command = add_of_call(approvals, name, help, *options);
  command->add_option("--digest", options->digest,
                      "Of the call that you saw; without it, of the call as it waits now");
  command->add_option("--reason", options->reason, "For the journal and the model");
  command->callback(
      [options, name, &exit_code] { exit_code = run_approvals_decide(*options, name); });
  return command;
}

}  // namespace

void add_approvals_command(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<ApprovalOptions>();
  auto* approvals = app.add_subcommand("approvals", "Calls of tools that wait for a person");
  approvals->require_subcommand(1);
  auto* ls = approvals->add_subcommand("ls", "List those that you may decide");
  add_approval_server(*ls, *options);
  ls->callback([options, &exit_code] { exit_code = run_approvals_ls(*options); });
  auto* show = add_of_call(*approvals, "show", "Everything that is known of one", *options);
  show->callback([options, &exit_code] { exit_code = run_approvals_show(*options); });
  add_decision(*approvals, "approve", "Let it be made", options, exit_code);
  add_decision(*approvals, "deny", "Never let it be made", options, exit_code);
  add_decision(*approvals, "edit", "Change its arguments; it is judged anew", options, exit_code)
      ->add_option("--arguments", options->arguments, "JSON, in place of the model's")
      ->required();
}

}  // namespace headgate::cli
