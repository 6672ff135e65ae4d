#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/json/writer.h"
#include "base/text/strings.h"
#include "cli/knowledge/kb.h"
#include "cli/terminal.h"
#include "telemetry/trace_text.h"

namespace headgate::cli {

using agents::knowledge::BuildProgress;
using agents::knowledge::BuildReport;

namespace {

constexpr std::string_view kSteps[] = {"reading files", "getting vectors", "writing the index"};

// A line that is written over itself, for a person who waits.
void show(const std::string& name, const BuildProgress& progress) {
  const auto step = static_cast<std::size_t>(progress.step);
  fmt::print(stderr, "\r\x1b[K{}: {}, {} of {}", name, kSteps[step], progress.done, progress.of);
  std::fflush(stderr);
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string text_of(const KbBuildOptions& options, const BuildReport& report) {
  const auto& version = report.version;
  std::string out = fmt::format("{}: {}version {}\n", options.name,
                                report.is_new ? "" : "nothing has changed, ", version.text());
  const auto row = [&out](std::string_view what, std::int64_t count, const std::string& more) {
    out += fmt::format("  {:<10} {:>8}  {}\n", what, count, more);
  };
  row("files", version.files,
      fmt::format("{} changed, {} gone, {} as before", report.files_changed, report.files_gone,
                  report.files_same));
  row("documents", version.documents, "");
  row("chunks", version.chunks, "");
  if (!version.model.empty()) {
    row("vectors", version.chunks,
        fmt::format("{}, {} dimensions; {} made, {} of changed files kept", version.model,
                    version.dimensions, report.vectors_made, report.vectors_kept));
  }
  if (version.skipped > 0) row("left out", version.skipped, "files that could not be read");
  return out;
}

void warn(const BuildReport& report) {
  for (const std::string& problem : report.problems) note("left out: " + problem);
  std::string kinds;
  for (const auto& [extension, count] : report.other_kinds) {
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", extension, count);
  }
  if (!kinds.empty()) note("files of kinds that are not read: " + telemetry::printable(kinds));
  if (report.not_wanted > 0) {
    note(counted(static_cast<std::size_t>(report.not_wanted), "file") +
         " that no pattern in files matches");
  }
}

std::string json_of(const KbBuildOptions& options, const BuildReport& report) {
  std::string out;
  base::json::Writer to(out);
  to.begin_object();
  to.member("knowledge", options.name);
  to.member("index_version", report.version.text());
  to.member("version", report.version.number);
  to.member("is_new", report.is_new);
  to.member("files", report.version.files);
  to.member("files_changed", report.files_changed);
  to.member("files_gone", report.files_gone);
  to.member("files_same", report.files_same);
  to.member("documents", report.version.documents);
  to.member("chunks", report.version.chunks);
  to.member("vectors_made", report.vectors_made);
  to.member("vectors_kept", report.vectors_kept);
  to.member("not_wanted", report.not_wanted);
  to.array("left_out");
  for (const std::string& problem : report.problems) to.string(problem);
  to.end_array();
  to.object("other_kinds");
  for (const auto& [extension, count] : report.other_kinds) to.member(extension, count);
  to.end_object();
  to.end_object();
  return out + "\n";
}

}  // namespace

int run_kb_build(const KbBuildOptions& options) {
  const auto config = kb_config(options);
  if (!config) return 1;
  const auto* base = kb_named(*config, options.name);
  if (base == nullptr) return 1;
  agents::knowledge::BuildOptions build;
  build.name = options.name;
  build.storage_folder = kb_storage(options, *config);
  build.skip_bad = options.skip_bad;
  if (!base->embeddings.model.empty()) {
    auto gateway = gateway_of(options.gateway, *config);
    if (!gateway) return failed(gateway.error());
    build.embed = embed_by_gateway(std::move(*gateway), base->embeddings);
  }
  const bool watched = isatty(STDERR_FILENO) != 0;
  if (watched) build.progress = [&](const BuildProgress& now) { show(options.name, now); };
  const auto report = agents::knowledge::build(*base, build, base::RealClock());
  if (watched) fmt::print(stderr, "\r\x1b[K");
  if (!report) return failed(report.error());
  warn(*report);
  print_now(options.json ? json_of(options, *report) : text_of(options, *report));
  return 0;
}

}  // namespace headgate::cli
