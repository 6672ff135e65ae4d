#include "agents/retrieval/config.h"

#include <algorithm>

namespace headgate::agents::knowledge {
namespace {

using base::config::Cursor;
using base::config::Problems;

constexpr std::size_t kNameMax = 64;

// It is the name of a folder, and part of ids and URLs.
bool is_name(std::string_view name) {
  const auto plain = [](char c) {
    const char small = static_cast<char>(c | 0x20);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return name.size() <= kNameMax && std::all_of(name.begin(), name.end(), plain);
}

void check_folders(const std::vector<FolderRule>& folders, const Cursor& at, Problems& problems) {
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::string& under = folders[i].under;
    const bool leaves = under.starts_with("/") || under.find("..") != std::string::npos;
    if (leaves) problems.add(at.child(i)["under"], "must be a path inside the base, without ..");
  }
}

}  // namespace

void check(const KnowledgeConfigs& knowledge, const std::vector<std::string_view>& models,
           const Cursor& at, Problems& problems) {
  for (const auto& [name, base] : knowledge) {
    const Cursor place = at[name];
    if (!is_name(name)) {
      problems.add(place.key_place(),
                   "the name of a knowledge base is up to 64 letters, digits, - and _");
    }
    check_folders(base.folders, place["folders"], problems);
    const std::string& model = base.embeddings.model;
    const bool known = std::find(models.begin(), models.end(), model) != models.end();
    if (model.empty() || models.empty() || known) continue;
    problems.add_unknown(place["embeddings"]["model"], "no such model", model, models);
  }
}

}  // namespace headgate::agents::knowledge
