#include "agents/knowledge/source_files.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agents/documents/read_document.h"
#include "base/text/utf8.h"

namespace headgate::agents::knowledge {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;
using base::fail;
using base::Result;

namespace {

bool is_hidden(const fs::path& path) { return path.filename().native().starts_with("."); }

bool is_wanted(const KnowledgeConfig& config, const std::string& path) {
  const auto matches = [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  };
  return config.files.empty() || std::any_of(config.files.begin(), config.files.end(), matches);
}

Error io_error(const fs::path& path, const std::error_code& code) {
  return fail(Errc::io_failed, path.string() + ": " + code.message());
}

class Walk {
 public:
  explicit Walk(const KnowledgeConfig& config) : config_(config) {}

  Result<SourceFiles> run();

 private:
  Result<void> folder();
  Result<void> file(const std::string& path);

  const KnowledgeConfig& config_;
  SourceFiles out_;
};

Result<void> Walk::file(const std::string& path) {
  if (!base::is_utf8(path)) {
    return fail(Errc::invalid_request, base::valid_utf8(path) + ": the file's name is not UTF-8");
  }
  const bool wanted = is_wanted(config_, path);
  if (!wanted) {
    ++out_.not_wanted;
    return {};
  }
  if (kind_of(path) == FileKind::unknown) {
    std::string extension = fs::path(path).extension().string();
    ++out_.other_kinds[extension.empty() ? "no extension" : extension];
    return {};
  }
  out_.paths.push_back(path);
  if (out_.paths.size() <= static_cast<std::size_t>(config_.files_max)) return {};
  return fail(Errc::invalid_request, config_.path.string() + ": more than " +
                                         std::to_string(config_.files_max) +
                                         " files; raise files_max or name fewer in files");
}

Result<void> Walk::folder() {
  std::error_code code;
  auto at = fs::recursive_directory_iterator(config_.path, code);
  if (code) return io_error(config_.path, code);
  while (at != fs::recursive_directory_iterator()) {
    const fs::directory_entry& entry = *at;
    if (is_hidden(entry.path())) {
      at.disable_recursion_pending();
    } else if (entry.is_regular_file(code)) {
      const auto taken = file(entry.path().lexically_relative(config_.path).generic_string());
      if (!taken) return taken.error();
    }
    at.increment(code);
    if (code) return io_error(config_.path, code);
  }
  return {};
}

Result<SourceFiles> Walk::run() {
  std::error_code code;
  const auto status = fs::status(config_.path, code);
  if (!fs::exists(status)) {
    return fail(Errc::io_failed, config_.path.string() + ": there is no such folder or file");
  }
  const auto walked = fs::is_directory(status) ? folder() : file(config_.path.filename().string());
  if (!walked) return walked.error();
  std::sort(out_.paths.begin(), out_.paths.end());
  return std::move(out_);
}

bool is_below(std::string_view path, std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

void add_labels(const LabelMap& labels, Document& document) {
  for (const auto& [name, value] : labels) document.labels.emplace_back(name, value);
}

Result<void> apply_folder(const FolderRule& rule, Document& document) {
  add_labels(rule.labels, document);
  if (rule.tenant.empty() || document.tenant == rule.tenant) return {};
  if (!document.tenant.empty()) {
    return fail(Errc::invalid_request, document.name + ": is of tenant \"" + document.tenant +
                                           "\", but in the folder \"" + rule.under +
                                           "\" of tenant \"" + rule.tenant + "\"");
  }
  document.tenant = rule.tenant;
  return {};
}

}  // namespace

Result<SourceFiles> list_files(const KnowledgeConfig& config) { return Walk(config).run(); }

Result<std::string> read_file(const KnowledgeConfig& config, const std::string& path) {
  const fs::path full = fs::is_directory(config.path) ? config.path / path : config.path;
  const auto bytes_max = static_cast<std::size_t>(config.file_bytes_max);
  const Error too_large =
      fail(Errc::invalid_request, fmt::format("{}: larger than {} bytes; split it, or raise "
                                              "file_bytes_max",
                                              path, config.file_bytes_max));
  std::error_code code;
  const std::size_t size = fs::file_size(full, code);
  if (code) return fail(Errc::io_failed, path + ": " + code.message());
  if (size > bytes_max) return too_large;
  std::ifstream in(full, std::ios::binary);
  std::string out(size + 1, '\0');  // one more: whether it has grown
  if (in) in.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (!in.is_open() || in.bad()) return fail(Errc::io_failed, path + ": cannot be read");
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() <= size) return out;
  return fail(Errc::io_failed, path + ": is being written; build again when that has ended");
}

Result<void> apply_rules(const KnowledgeConfig& config, const std::string& path,
                         Documents& documents) {
  for (Document& document : documents) {
    add_labels(config.labels, document);
    for (const FolderRule& rule : config.folders) {
      if (!is_below(path, rule.under)) continue;
      const auto applied = apply_folder(rule, document);
      if (!applied) return applied.error();
    }
    tidy(document.labels);
    if (!config.tenant_required || !document.tenant.empty()) continue;
    return fail(Errc::invalid_request,
                document.name + ": has no tenant, and tenant_required is true");
  }
  return {};
}

}  // namespace headgate::agents::knowledge
