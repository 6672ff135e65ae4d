#include <unistd.h>

#include "base/json/writer.h"
#include "base/text/strings.h"
#include "cli/knowledge/kb.h"
#include "cli/terminal.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {

using agents::knowledge::IndexVersion;
using base::Result;

namespace {

// Nothing: it was never built.
Result<std::optional<IndexVersion>> newest(const std::string& folder) {
  auto database = agents::knowledge::open_index_for_reading(folder);
  if (database) return agents::knowledge::find_version(*database);
  if (database.error().code == base::Errc::not_found) return std::optional<IndexVersion>();
  return database.error();
}

void add_row(Table& table, const std::string& name, const std::filesystem::path& path,
             const std::optional<IndexVersion>& version) {
  std::vector<std::string> cells{name};
  if (version) {
    cells.insert(cells.end(), {version->text(), telemetry::format_time(version->built_unix_us),
                               name_cell(version->model), telemetry::printable(path.string()),
                               std::to_string(version->files), std::to_string(version->documents),
                               std::to_string(version->chunks)});
  } else {
    cells.insert(cells.end(),
                 {"not built", "-", "-", telemetry::printable(path.string()), "-", "-", "-"});
  }
  table.add(std::move(cells));
}

void add_json(base::json::Writer& to, const std::string& name, const std::filesystem::path& path,
              const std::optional<IndexVersion>& version) {
  to.begin_object();
  to.member("name", name);
  to.member("path", path.string());
  if (!version) {
    to.member_null("index_version");
    to.end_object();
    return;
  }
  to.member("index_version", version->text());
  to.member("version", version->number);
  to.member("built_unix_us", version->built_unix_us);
  to.member("model", version->model);
  to.member("dimensions", version->dimensions);
  to.member("files", version->files);
  to.member("documents", version->documents);
  to.member("chunks", version->chunks);
  to.member("left_out", version->skipped);
  to.end_object();
}

}  // namespace

std::optional<server::Config> kb_config(const KbOptions& options) {
  auto loaded = server::load_config(options.config, base::config::Check::file_only);
  for (const auto& problem : loaded.problems) note(problem.text(options.config));
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.value);
}

const agents::knowledge::KnowledgeConfig* kb_named(const server::Config& config,
                                                   const std::string& name) {
  const auto* found = config.knowledge.find(name);
  if (found != nullptr) return found;
  std::string known;
  for (const auto& entry : config.knowledge) known += (known.empty() ? "" : ", ") + entry.first;
  note("there is no knowledge base \"" + name +
       "\" in the configuration; there are: " + (known.empty() ? "none" : known));
  return nullptr;
}

std::string kb_storage(const KbOptions& options, const server::Config& config) {
  return options.storage.empty() ? config.storage.path.string() : options.storage;
}

int run_kb_ls(const KbOptions& options) {
  const auto config = kb_config(options);
  if (!config) return 1;
  Table table({"NAME", "VERSION", "BUILT", "MODEL", "PATH", "FILES", "DOCUMENTS", "CHUNKS"}, 5);
  std::string json;
  base::json::Writer to(json);
  to.begin_array();
  for (const auto& [name, base] : config->knowledge) {
    const auto version =
        newest(agents::knowledge::index_folder(kb_storage(options, *config), name));
    if (!version) return failed(version.error());
    add_row(table, name, base.path, *version);
    add_json(to, name, base.path, *version);
  }
  to.end_array();
  if (options.json) {
    print_now(json + "\n");
  } else if (table.empty()) {
    note("the configuration has no knowledge section");
  } else {
    print_now(table.text(isatty(STDOUT_FILENO) != 0));
  }
  return 0;
}

}  // namespace headgate::cli
