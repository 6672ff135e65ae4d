#include "agents/openapi_tools/complete.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agents/definitions/tool_templates.h"
#include "agents/openapi/operation.h"
#include "agents/openapi_tools/import.h"

namespace headgate::agents {

using base::config::Cursor;
using base::config::Problems;

namespace {

constexpr std::size_t kRemarksMax = 10;  // of one operation

struct Known {
  openapi::Document document;
  std::vector<openapi::Operation> operations;
};

std::vector<std::string> names_of(const std::vector<openapi::Operation>& operations) {
  std::vector<std::string> out;
  for (const openapi::Operation& one : operations) {
    out.push_back(one.id().empty() ? one.signature() : std::string(one.id()));
  }
  return out;
}

void tell(const openapi::Document& document, const std::vector<openapi::Remark>& remarks,
          const Cursor& at, Problems& problems) {
  for (std::size_t i = 0; i < std::min(remarks.size(), kRemarksMax); ++i) {
    problems.add(at, document.place(remarks[i].pointer) + ": " + remarks[i].what);
  }
  if (remarks.size() > kRemarksMax) {
    problems.add(at,
                 fmt::format("and {} more of the same operation", remarks.size() - kRemarksMax));
  }
}

/// All tools of one configuration.
class Completion {
 public:
  Completion(const OpenApiConfigs& configs, const Cursor& root, Problems& problems,
             Problems& warnings)
      : configs_(configs), root_(root), problems_(problems), warnings_(warnings) {}

  void read_documents() {
    for (const auto& [name, config] : configs_) {
      if (!config.file.empty()) read_document(name, config);
    }
  }

  void complete(const std::string& name, ToolConfig& tool) {
    const Cursor at = root_["tools"][name]["openapi"];
    const openapi::Operation* operation = find(*tool.openapi, at);
    if (operation == nullptr) return;
    const Known& known = known_.find(tool.openapi->document)->second;
    openapi::Remarks remarks;
    const openapi::ImportAsk ask{
        known.document, *operation,      *configs_.find(tool.openapi->document),
        *tool.openapi,  tool.input.text, tool.description.empty()};
    auto imported = openapi::import_operation(ask, remarks);
    tell(known.document, remarks.wrong, at["operation"], problems_);
    tell(known.document, remarks.warning, at["operation"], warnings_);
    if (!imported) return;
    if (!check_fixed(*tool.openapi, imported->arguments, at["fixed"])) return;
    check_input(tool, imported->arguments, root_["tools"][name]["input"]);
    const Cursor effect = root_["tools"][name]["effect"];
    if (effect.present() && imported->needs_key && tool.effect != Effect::idempotent) {
      warnings_.add(effect, "the operation wants " + imported->http.idempotency_header +
                                ", which only calls of idempotent tools have");
    }
    put(std::move(*imported), effect.present(), tool);
  }

 private:
  void read_document(const std::string& name, const OpenApiConfig& config) {
    const Cursor at = root_["openapi"][name]["file"];
    const auto text = base::config::read_config_file(config.file);
    if (!text) {
      problems_.add(at, text.error().detail);
      return;
    }
    auto document = openapi::Document::read(*text);
    if (!document) {
      problems_.add(at, document.error().detail);
      return;
    }
    Known& known = known_.emplace(name, Known{std::move(*document), {}}).first->second;
    openapi::Remarks remarks;
    known.operations = openapi::operations_of(known.document, remarks);
    tell(known.document, remarks.wrong, at, problems_);
  }

  // Null: there is none, which was said.
  const openapi::Operation* find(const OpenApiToolConfig& config, const Cursor& at) {
    if (config.document.empty() || config.operation.empty()) return nullptr;  // said already
    if (configs_.find(config.document) == nullptr) {
      problems_.add_unknown(at["document"], "no such document", config.document, configs_.names());
      return nullptr;
    }
    const auto known = known_.find(config.document);
    if (known == known_.end()) return nullptr;  // said already
    const auto found = openapi::find_operations(known->second.operations, config.operation);
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      problems_.add_unknown(at["operation"], "no such operation in " + config.document,
                            config.operation, names_of(known->second.operations));
    } else {
      problems_.add(at["operation"], "the document has several of this operationId; name it as " +
                                         found.front()->signature());
    }
    return nullptr;
  }

  bool check_fixed(const OpenApiToolConfig& config, const std::vector<std::string>& known,
                   const Cursor& at) {
    bool fine = true;
    for (const auto& [name, value] : config.fixed) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      problems_.add_unknown(at[name].key_place(), "no such argument of the operation", name, known);
      fine = false;
    }
    return fine;
  }

  // Of the tool itself: what a model gives must be sent.
  void check_input(const ToolConfig& tool, const std::vector<std::string>& known,
                   const Cursor& at) {
    if (tool.input.empty()) return;
    for (const std::string& name : property_names(tool.input.text)) {
      if (tool.openapi->fixed.find(name) != nullptr) {
        problems_.add(at, "has the argument " + name + ", which openapi.fixed gives");
      } else if (std::find(known.begin(), known.end(), name) == known.end()) {
        problems_.add_unknown(at, "no such argument of the operation: " + name, name, known);
      }
    }
  }

  static void put(openapi::Imported imported, bool has_effect, ToolConfig& tool) {
    if (tool.description.empty()) tool.description = std::move(imported.description);
    tool.input.text = std::move(imported.input);
    if (tool.output.empty()) tool.output.text = std::move(imported.output);
    if (!has_effect) tool.effect = imported.effect;
    tool.http = std::move(imported.http);
    tool.openapi.reset();
  }

  const OpenApiConfigs& configs_;
  const Cursor& root_;
  Problems& problems_;
  Problems& warnings_;
  std::map<std::string, Known, std::less<>> known_;
};

}  // namespace

void complete_openapi(const OpenApiConfigs& documents, base::config::Check check,
                      const Cursor& root, ToolConfigs& tools, Problems& problems,
                      Problems& warnings) {
  if (check == base::config::Check::file_only) return;
  Completion completion(documents, root, problems, warnings);
  completion.read_documents();
  ToolConfigs out;
  for (const auto& [name, config] : tools) {
    ToolConfig& tool = out.add(name);
    tool = config;
    const bool is_alone = !tool.http && !tool.mcp && tool.builtin == Builtin::none && !tool.native;
    if (tool.openapi && is_alone) completion.complete(name, tool);
  }
  tools = std::move(out);
}

}  // namespace headgate::agents
