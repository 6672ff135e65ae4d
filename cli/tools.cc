#include "cli/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agents/openapi_tools/tool_yaml.h"
#include "base/config/load.h"

namespace headgate::cli {
namespace {

struct ImportOptions {
  std::string file;
  std::string name;
  std::vector<std::string> operations;
};

int fail(const std::string& file, const std::string& why) {
  fmt::print(stderr, "{}: {}\n", file, why);
  return 1;
}

std::string wrong_with_name(const std::string& text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  return plain ? std::string() : "letters, digits, '_' and '-' only";
}

// "orders.openapi.yaml" to "orders".
std::string name_of(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  std::string out = name.substr(0, name.find('.'));
  for (char& c : out) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (!plain) c = '_';
  }
  return out.empty() ? "service" : out;
}

int run_import(const ImportOptions& options) {
  const auto text = base::config::read_config_file(options.file);
  if (!text) return fail(options.file, text.error().detail);
  const auto document = agents::openapi::Document::read(*text);
  if (!document) return fail(options.file, document.error().detail);
  const std::string name = options.name.empty() ? name_of(options.file) : options.name;
  const auto proposal =
      agents::openapi::propose_tools({*document, options.file, name, options.operations});
  for (const std::string& pattern : proposal.unknown) {
    fail(options.file, "no operation is called " + base::json_string(pattern));
  }
  std::fwrite(proposal.yaml.data(), 1, proposal.yaml.size(), stdout);
  return proposal.unknown.empty() && proposal.tools > 0 ? 0 : 1;
}

}  // namespace

void add_tools_command(CLI::App& app, int& exit_code) {
  auto* tools = app.add_subcommand("tools", "Tools of agents");
  tools->require_subcommand(1);
  auto* proposal = tools->add_subcommand(
      "import-openapi", "Propose tools for the operations of an OpenAPI document, as YAML");
  const auto options = std::make_shared<ImportOptions>();
  proposal->add_option("file", options->file, "The document, OpenAPI 3.0 or 3.1")->required();
  proposal->add_option("--operation", options->operations,
                       "operationId or 'GET /path', with * and ?; may be repeated; none: all");
  proposal->add_option("--name", options->name, "What the document is to be called")
      ->check(wrong_with_name);
  proposal->callback([options, &exit_code] { exit_code = run_import(*options); });
}

}  // namespace headgate::cli
