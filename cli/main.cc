// The `headgate` command: parses arguments, calls one function a subcommand. Exceptions end here.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "cli/agents.h"
#include "cli/audit.h"
#include "cli/check.h"
#include "cli/config_reference.h"
#include "cli/key.h"
#include "cli/knowledge/kb_commands.h"
#include "cli/load/load_command.h"
#include "cli/running/admin_commands.h"
#include "cli/tools.h"
#include "cli/traces/report.h"
#include "cli/traces/tail.h"
#include "cli/traces/top.h"
#include "cli/traces/trace.h"
#include "lab/command.h"
#include "server/config.h"
#include "server/serve.h"
#include "server/version.h"
#include "storage/sqlite.h"

namespace {

using namespace headgate;

// Every command that works on the store takes it from the configuration, as the server does.
struct Store {
  std::string config = "headgate.yaml";
  std::string folder;

  void add_to(CLI::App& command) {
    command.add_option("-c,--config", config, "Configuration file")->capture_default_str();
    command.add_option("--storage", folder, "Storage folder, instead of the configuration's");
  }
  // The folder; empty after an error was printed.
  std::string resolve() const {
    if (!folder.empty()) return folder;
    const auto loaded = server::load_config(config, base::config::Check::file_only);
    for (const auto& problem : loaded.problems) fmt::print(stderr, "{}\n", problem.text(config));
    return loaded.ok() ? loaded.value.storage.path.string() : std::string();
  }
};

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

struct Commands {
  server::ServeOptions serve;
  std::string check_config = "headgate.yaml";
  bool json = false;
  bool schema = false;
  bool markdown = false;
  Store store;
  cli::KeyCreateOptions key;
  std::string key_id;
  cli::TraceLsOptions ls;
  double since_minutes = 0;
  cli::TraceShowOptions show;
  cli::AuditVerifyOptions audit_verify;
  cli::AuditLsOptions audit_ls;
  cli::TailOptions tail;
  cli::TopOptions top;
  cli::ReportOptions report;

  std::int64_t since_unix_us() const {
    if (since_minutes <= 0) return 0;
    return base::RealClock().unix_us() - static_cast<std::int64_t>(since_minutes * 60e6);
  }
};

void add_serve(CLI::App& app, Commands& c, int& exit_code) {
  auto* serve = app.add_subcommand("serve", "Run the gateway");
  serve->add_option("-c,--config", c.serve.config, "Configuration file")->required();
  serve->add_option("--listen", c.serve.listen,
                    "HOST:PORT, instead of server.listen; port 0: any free");
  serve->add_option("--ready-file", c.serve.ready_file,
                    "Gets a JSON of every listener's address once they accept");
  serve->callback([&] { exit_code = server::serve(c.serve); });
}

void add_check(CLI::App& app, Commands& c, int& exit_code) {
  auto* check = app.add_subcommand("check", "Say everything that is wrong with a configuration");
  check->add_option("-c,--config", c.check_config, "Configuration file")->capture_default_str();
  check->add_flag("--json", c.json, "As JSON");
  check->callback([&] { exit_code = cli::run_check(c.check_config, c.json); });

  auto* config = app.add_subcommand("config", "About the configuration file");
  config->require_subcommand(1);
  auto* reference =
      config->add_subcommand("reference", "Every key with default, bounds and meaning");
  auto* schema = reference->add_flag("--schema", c.schema, "As a JSON Schema, for editors");
  reference->add_flag("--markdown", c.markdown, "As Markdown")->excludes(schema);
  reference->callback([&] {
    using cli::ReferenceFormat;
    const auto format = c.schema     ? ReferenceFormat::schema
                        : c.markdown ? ReferenceFormat::markdown
                                     : ReferenceFormat::text;
    exit_code = cli::run_config_reference(format);
  });
}

void add_key(CLI::App& app, Commands& c, int& exit_code) {
  auto* key = app.add_subcommand("key", "API keys of the store");
  key->require_subcommand(1);
  auto* create = key->add_subcommand("create", "Make a key and print it, once");
  c.store.add_to(*create);
  create->add_option("--user", c.key.user, "User of every call with this key");
  create->add_option("--tenant", c.key.tenant, "Tenant it belongs to");
  create->add_option("--tier", c.key.tier, "Plan of that tenant");
  create->add_option("--scope", c.key.scopes, "What it may do; may be repeated");
  create->add_option("--model", c.key.models, "Model it may call; may be repeated; none: all");
  create->add_flag("--json", c.json, "As JSON");
  create->callback([&] {
    c.key.folder = c.store.resolve();
    c.key.json = c.json;
    exit_code = c.key.folder.empty() ? 1 : cli::run_key_create(c.key);
  });
  auto* list = key->add_subcommand("list", "List keys, revoked ones too");
  c.store.add_to(*list);
  list->add_flag("--json", c.json, "As JSON");
  list->callback([&] {
    const std::string folder = c.store.resolve();
    exit_code = folder.empty() ? 1 : cli::run_key_list(folder, c.json);
  });
  auto* revoke = key->add_subcommand("revoke", "Make a key useless, for good");
  c.store.add_to(*revoke);
  revoke->add_option("id", c.key_id, "Its id or prefix")->required();
  revoke->callback([&] {
    const std::string folder = c.store.resolve();
    exit_code = folder.empty() ? 1 : cli::run_key_revoke(folder, c.key_id);
  });
}

void add_filter(CLI::App& command, Commands& c, cli::Filter& filter) {
  command.add_option("--where", filter.where,
                     "Filter, such as 'cost > 0.01 and tool = get_order and error'");
  command.add_option("--text", filter.text, "Words of prompts or completions");
  command.add_option("--since-minutes", c.since_minutes, "Only calls of the last N minutes");
  command.add_option("--status", filter.status,
                     "ok, error, or an error's name such as rate_limited");
  command.add_option("--model", filter.model, "As requested or as served");
  command.add_option("--user", filter.user, "User");
  command.add_option("--session", filter.session, "Session");
  command.add_option("--route", filter.route, "Route");
}

void add_trace_ls(CLI::App& trace, Commands& c, int& exit_code) {
  auto* ls = trace.add_subcommand("ls", "List the newest calls");
  c.store.add_to(*ls);
  add_filter(*ls, c, c.ls.filter);
  ls->add_option("--limit", c.ls.limit, "How many")->capture_default_str();
  ls->add_flag("--json", c.ls.json, "As JSON");
  ls->callback([&] {
    c.ls.folder = c.store.resolve();
    c.ls.filter.since_unix_us = c.since_unix_us();
    c.ls.colour = wants_colour();
    exit_code = c.ls.folder.empty() ? 1 : cli::run_trace_ls(c.ls);
  });
}

void add_trace(CLI::App& app, Commands& c, int& exit_code) {
  auto* trace = app.add_subcommand("trace", "Look at what happened");
  trace->require_subcommand(1);
  add_trace_ls(*trace, c, exit_code);
  auto* show = trace->add_subcommand("show", "Draw a trace as a tree");
  c.store.add_to(*show);
  show->add_option("id", c.show.id, "Trace id, or a beginning of it that only one has")->required();
  show->add_flag("--full", c.show.full, "Prompts and completions uncut");
  show->add_flag("--json", c.show.json, "As JSON");
  show->callback([&] {
    c.show.folder = c.store.resolve();
    c.show.colour = wants_colour();
    exit_code = c.show.folder.empty() ? 1 : cli::run_trace_show(c.show);
  });
}

void add_audit(CLI::App& app, Commands& c, int& exit_code) {
  auto* audit = app.add_subcommand("audit", "Who did what to this gateway");
  audit->require_subcommand(1);
  auto* verify = audit->add_subcommand("verify", "Whether the audit trail is as it was written");
  c.store.add_to(*verify);
  verify->add_option("--head", c.audit_verify.head,
                     "Hash of an entry that must be there, kept somewhere else");
  verify->add_flag("--json", c.audit_verify.json, "As JSON");
  verify->callback([&] {
    c.audit_verify.folder = c.store.resolve();
    exit_code = c.audit_verify.folder.empty() ? 1 : cli::run_audit_verify(c.audit_verify);
  });
  auto* ls = audit->add_subcommand("ls", "List its newest entries");
  c.store.add_to(*ls);
  ls->add_option("--actor", c.audit_ls.actor, "Key id, user or tenant");
  ls->add_option("--action", c.audit_ls.action, "Such as chaos.add, or chaos for all of these");
  ls->add_option("--since-minutes", c.audit_ls.since_minutes, "Only of the last N minutes");
  ls->add_option("--limit", c.audit_ls.limit, "How many")->capture_default_str();
  ls->add_flag("--json", c.audit_ls.json, "As they stand in the file");
  ls->callback([&] {
    c.audit_ls.folder = c.store.resolve();
    exit_code = c.audit_ls.folder.empty() ? 1 : cli::run_audit_ls(c.audit_ls);
  });
}

void add_live(CLI::App& app, Commands& c, int& exit_code) {
  auto* tail = app.add_subcommand("tail", "Show new calls as they come");
  c.store.add_to(*tail);
  add_filter(*tail, c, c.tail.filter);
  tail->add_option("-n,--last", c.tail.last, "So many that are there already, first");
  tail->add_flag("--json", c.tail.json, "As JSON, an object a line");
  tail->callback([&] {
    c.tail.folder = c.store.resolve();
    c.tail.filter.since_unix_us = c.since_unix_us();
    c.tail.colour = wants_colour();
    exit_code = c.tail.folder.empty() ? 1 : cli::run_tail(c.tail);
  });
  auto* top = app.add_subcommand("top", "Routes, models and tools of the last minutes, live");
  c.store.add_to(*top);
  top->add_option("--minutes", c.top.minutes, "How long back")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1440.0));
  top->add_flag("--once", c.top.once, "Print once and end");
  top->add_flag("--json", c.top.json, "As JSON, an object each time");
  top->callback([&] {
    c.top.folder = c.store.resolve();
    c.top.colour = wants_colour();
    c.top.terminal = isatty(STDOUT_FILENO) != 0;
    exit_code = c.top.folder.empty() ? 1 : cli::run_top(c.top);
  });
}

void add_report(CLI::App& app, Commands& c, int& exit_code) {
  auto* report = app.add_subcommand("report", "Totals over many calls");
  report->require_subcommand(1);
  const auto add = [&, report](const char* name, const char* doc, auto run) {
    auto* command = report->add_subcommand(name, doc);
    c.store.add_to(*command);
    command->add_option("--hours", c.report.hours, "How long back")->capture_default_str();
    command->add_flag("--json", c.report.json, "As JSON");
    command->callback([&c, &exit_code, run] {
      c.report.folder = c.store.resolve();
      c.report.colour = wants_colour();
      exit_code = c.report.folder.empty() ? 1 : run(c.report);
    });
    return command;
  };
  add("tools", "Tools that fail most, by agent", cli::run_report_tools)
      ->add_option("--limit", c.report.limit, "How many")
      ->capture_default_str();
  add("calls", "Calls, tokens, latency and cost by time, route, model, …", cli::run_report_calls)
      ->add_option("--by", c.report.by, "hour, day, route, model, provider or status")
      ->capture_default_str();
}

int run(int argc, char** argv) {
  CLI::App app("Headgate: the production platform for AI agents", "headgate");
  app.set_version_flag("--version", std::string(headgate::server::kVersion));
  app.require_subcommand(1);
  int exit_code = 0;
  Commands commands;
  add_serve(app, commands, exit_code);
  add_check(app, commands, exit_code);
  add_key(app, commands, exit_code);
  add_trace(app, commands, exit_code);
  add_audit(app, commands, exit_code);
  add_live(app, commands, exit_code);
  add_report(app, commands, exit_code);
  cli::add_kb_command(app, exit_code);
  cli::add_load_command(app, exit_code);
  cli::add_agents_command(app, exit_code);
  cli::add_tools_command(app, exit_code);
  cli::add_breaker_command(app, exit_code);
  cli::add_chaos_command(app, exit_code);
  cli::add_approvals_command(app, exit_code);
  lab::add_lab_command(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    storage::configure_sqlite();
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "headgate: %s\n", error.what());
  } catch (...) {
    std::fputs("headgate: an unknown exception\n", stderr);
  }
  return 70;  // EX_SOFTWARE
}
