#include "cli/check.h"

#include <fmt/format.h>

#include <cstdio>

#include "server/config.h"

namespace headgate::cli {
namespace {

using base::json_string;
using base::config::Problem;
using base::config::Problems;
using server::Config;
using server::LoadedConfig;

std::string to_json(const Problem& problem) {
  return fmt::format(R"({{"line": {}, "column": {}, "path": {}, "message": {}, "suggestion": {}}})",
                     problem.at.mark.line, problem.at.mark.column, json_string(problem.at.path),
                     json_string(problem.what),
                     problem.suggestion.empty() ? "null" : json_string(problem.suggestion));
}

std::string to_json(const Problems& problems) {
  std::string out;
  for (const Problem& problem : problems) out += (out.empty() ? "" : ", ") + to_json(problem);
  return "[" + out + "]";
}

std::string json_report(const LoadedConfig& loaded, const std::string& path) {
  return fmt::format(R"({{"file": {}, "ok": {}, "errors": {}, "warnings": {}}})", json_string(path),
                     loaded.ok(), to_json(loaded.problems), to_json(loaded.warnings)) +
         "\n";
}

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// "openai (https://api.openai.com/v1), local (http://127.0.0.1:9000)", cut after a few.
template <class Map, class Name>
std::string listed(const Map& map, Name name) {
  constexpr std::size_t kShownMax = 6;
  std::string out;
  std::size_t shown = 0;
  for (const auto& entry : map) {
    if (shown++ == kShownMax) return out + ", …";
    out += (out.empty() ? "" : ", ") + name(entry);
  }
  return out;
}

std::string summary_of(const Config& config, const std::string& path) {
  const auto row = [](std::string_view what, std::size_t count, const std::string& names) {
    return fmt::format("  {:<10} {:>4}  {}\n", what, count, names);
  };
  const auto name = [](const auto& entry) { return entry.first; };
  std::string out = fmt::format("{} is fine\n", path);
  out += fmt::format("  {:<10}       {}\n", "listen", config.server.listen.text());
  out += row("providers", config.providers.size(), listed(config.providers, [](const auto& entry) {
               return entry.first + " (" + entry.second.base_url.text() + ")";
             }));
  out += row("models", config.models.size(), listed(config.models, name));
  out += row("routes", config.routes.size(), listed(config.routes, name));
  out += row("keys", config.auth.keys.size(),
             listed(config.auth.keys, [](const auto& key) { return key.id; }));
  if (!config.knowledge.empty()) {
    out += row("knowledge", config.knowledge.size(), listed(config.knowledge, name));
  }
  out += fmt::format("  {:<10}       {}\n", "storage", config.storage.path.string());
  return out;
}

std::string text_report(const LoadedConfig& loaded, const std::string& path) {
  std::string out;
  for (const Problem& problem : loaded.problems) out += problem.text(path) + "\n";
  for (const Problem& warning : loaded.warnings) {
    Problem marked = warning;
    marked.what = "warning: " + marked.what;
    out += marked.text(path) + "\n";
  }
  if (loaded.ok()) return out + summary_of(loaded.value, path);
  return out + plural(loaded.problems.size(), "error") + " in " + path + "\n";
}

}  // namespace

int run_check(const std::string& path, bool json) {
  const LoadedConfig loaded = server::load_config(path);
  const std::string report = json ? json_report(loaded, path) : text_report(loaded, path);
  std::fwrite(report.data(), 1, report.size(), stdout);
  return loaded.ok() ? 0 : 1;
}

}  // namespace headgate::cli
