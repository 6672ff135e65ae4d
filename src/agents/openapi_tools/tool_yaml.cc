#include "agents/openapi_tools/tool_yaml.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agents/openapi/security.h"
#include "agents/openapi/servers.h"
#include "agents/openapi_tools/import.h"
#include "base/text/strings.h"
#include "base/text/utf8.h"

namespace headgate::agents::openapi {

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kCommentBytesMax = 100;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// "getOrderById" and "GET /orders/{id}" to "get_order_by_id" and "get_orders_id".
std::string tool_name(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_word = is_upper(c) || is_lower(c);
    const bool begins = is_upper(c) && i > 0 && is_lower(text[i - 1]);
    if ((!is_word || begins) && !out.empty() && out.back() != '_') out += '_';
    if (is_word) out += static_cast<char>(is_upper(c) ? c - 'A' + 'a' : c);
  }
  out.resize(std::min(out.size(), kNameBytesMax));
  while (out.ends_with('_')) out.pop_back();
  return out.empty() ? "operation" : out;
}

// One line of printable text, whatever the document says.
std::string comment(std::string_view text) {
  std::string out(base::utf8_prefix(text, kCommentBytesMax));
  if (out.size() < text.size()) out += "…";
  std::replace_if(out.begin(), out.end(), base::is_control, ' ');
  // Line breaks to some readers of YAML.
  for (const std::string_view line_break : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    for (auto at = out.find(line_break); at != std::string::npos; at = out.find(line_break)) {
      out.replace(at, line_break.size(), " ");
    }
  }
  return out;
}

std::string environment_name(std::string_view document, std::string_view header) {
  std::string out = tool_name(document) + "_" + tool_name(header);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

class Proposer {
 public:
  explicit Proposer(const ProposalAsk& ask) : ask_(ask) {}

  Proposal make() {
    Remarks remarks;
    const auto all = operations_of(ask_.document, remarks);
    for (const Remark& one : remarks.wrong) leave_out(one);
    for (const Operation& one : all) ++ids_[one.id()];
    for (const Operation& one : all) {
      if (is_wanted(one)) add(one);
    }
    for (const std::string& pattern : ask_.operations) {
      const auto fits = [&](const Operation& one) { return matches(one, pattern); };
      if (std::none_of(all.begin(), all.end(), fits)) out_.unknown.push_back(pattern);
    }
    const std::string tools = tools_.empty() ? "tools: {}\n" : "tools:\n" + tools_;
    out_.yaml = head() + tools + left_out_;
    return std::move(out_);
  }

 private:
  static bool matches(const Operation& operation, const std::string& pattern) {
    const auto fits = [&](const std::string& text) {
      return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    };
    const std::string id(operation.id());
    return id == pattern || operation.signature() == pattern || fits(id) ||
           fits(operation.signature());
  }

  bool is_wanted(const Operation& operation) const {
    const auto fits = [&](const std::string& pattern) { return matches(operation, pattern); };
    return ask_.operations.empty() ||
           std::any_of(ask_.operations.begin(), ask_.operations.end(), fits);
  }

  void leave_out(const Remark& remark) {
    left_out_ += fmt::format("# left out: {}: {}\n", comment(ask_.document.place(remark.pointer)),
                             comment(remark.what));
  }

  void add(const Operation& operation) {
    Remarks remarks;
    note_server(operation);
    const auto credentials = credentials_of(ask_.document, operation);
    note_credentials(credentials);
    OpenApiConfig service;
    service.url = *base::config::Url::parse("http://127.0.0.1");
    for (const std::string& header : headers_) service.headers.add(header);
    const auto imported = import_operation({ask_.document, operation, service, {}, {}}, remarks);
    if (!imported) {
      for (const Remark& one : remarks.wrong) leave_out(one);
      return;
    }
    ++out_.tools;
    tools_ += fmt::format("  {}:  # {}\n", unique_name(operation), comment(first_line(*imported)));
    tools_ += fmt::format("    openapi: {{document: {}, operation: {}}}\n", ask_.name,
                          base::json_string(reference(operation)));
    tools_ += fmt::format("    effect: {}\n", agents::name(imported->effect));
    for (const Remark& one : remarks.warning) {
      tools_ += fmt::format("    # {}\n", comment(one.what));
    }
  }

  static std::string_view first_line(const Imported& imported) {
    const std::string_view words = imported.description;
    return words.substr(0, words.find('\n'));
  }

  // The operationId, where only one operation has it.
  std::string reference(const Operation& operation) const {
    const bool is_clear = !operation.id().empty() && ids_.find(operation.id())->second == 1;
    return is_clear ? std::string(operation.id()) : operation.signature();
  }

  std::string unique_name(const Operation& operation) {
    const std::string_view id = operation.id();
    std::string base = tool_name(id.empty() ? operation.signature() : id);
    if (base.starts_with("transfer_to_")) base = "do_" + base;
    std::string out = base;
    for (int n = 2; !names_.insert(out).second; ++n) {
      out = base.substr(0, kNameBytesMax - 8) + "_" + std::to_string(n);
    }
    return out;
  }

  void note_server(const Operation& operation) {
    Remarks remarks;
    server_url(ask_.document, operation, {}, remarks);
    needs_url_ = needs_url_ || !remarks.wrong.empty();
  }

  // Those of the first alternative that headers can carry.
  void note_credentials(const std::vector<Credentials>& any) {
    const auto in_headers = [](const Credentials& all) {
      return std::all_of(all.begin(), all.end(),
                         [](const Credential& one) { return !one.header.empty(); });
    };
    const auto chosen = std::find_if(any.begin(), any.end(), in_headers);
    if (chosen == any.end()) return;
    for (const Credential& one : *chosen) {
      if (base::config::is_header_name(one.header)) headers_.insert(base::to_lower(one.header));
    }
  }

  std::string head() const {
    const Spot info = ask_.document.root()["info"];
    std::string out = fmt::format("# From {}: {} {}\n", comment(ask_.file),
                                  comment(info["title"].text()), comment(info["version"].text()));
    out +=
        "# Look at each effect before you keep it: it says whether a call of unknown outcome is\n"
        "# repeated. Say who may call what: scopes, authorise, approval.\n";
    out += fmt::format("openapi:\n  {}:\n    file: {}\n", ask_.name, base::json_string(ask_.file));
    if (needs_url_)
      out += "    url: \"http://127.0.0.1:9000\"  # the document does not say where\n";
    if (headers_.empty()) return out;
    out += "    headers:\n";
    for (const std::string& header : headers_) {
      out += fmt::format("      {}: \"env:{}\"\n", header, environment_name(ask_.name, header));
    }
    return out;
  }

  const ProposalAsk& ask_;
  Proposal out_;
  std::string tools_;
  std::string left_out_;
  std::set<std::string> names_;
  std::map<std::string_view, int> ids_;
  std::set<std::string> headers_;
  bool needs_url_ = false;
};

}  // namespace

Proposal propose_tools(const ProposalAsk& ask) { return Proposer(ask).make(); }

}  // namespace headgate::agents::openapi
