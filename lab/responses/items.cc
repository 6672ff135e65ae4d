#include "lab/responses/items.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "lab/responses/content.h"

namespace headgate::lab::responses {
namespace {

namespace json = boost::json;
using openai::at;
using openai::given;
using openai::Names;
using openai::Problem;

constexpr std::size_t kIdMax = 64;

constexpr std::string_view kItemTypes[] = {"additional_tools",
                                           "agent_message",
                                           "apply_patch_call",
                                           "apply_patch_call_output",
                                           "code_interpreter_call",
                                           "compaction",
                                           "compaction_trigger",
                                           "computer_call",
                                           "computer_call_output",
                                           "custom_tool_call",
                                           "custom_tool_call_output",
                                           "file_search_call",
                                           "function_call",
                                           "function_call_output",
                                           "image_generation_call",
                                           "item_reference",
                                           "local_shell_call",
                                           "local_shell_call_output",
                                           "mcp_approval_request",
                                           "mcp_approval_response",
                                           "mcp_call",
                                           "mcp_list_tools",
                                           "message",
                                           "multi_agent_call",
                                           "multi_agent_call_output",
                                           "program",
                                           "program_output",
                                           "reasoning",
                                           "shell_call",
                                           "shell_call_output",
                                           "tool_search_call",
                                           "tool_search_output",
                                           "web_search_call"};

constexpr std::string_view kRoles[] = {"assistant", "system", "developer", "user"};
constexpr std::string_view kStatuses[] = {"in_progress", "completed", "incomplete"};
constexpr std::string_view kPhases[] = {"commentary", "final_answer"};

constexpr std::string_view kUserMembers[] = {"type", "role", "content", "id", "status"};
constexpr std::string_view kAssistantMembers[] = {"type", "role",   "content",
                                                  "id",   "status", "phase"};
constexpr std::string_view kReasoningMembers[] = {"type",    "id",     "summary",
                                                  "content", "status", "encrypted_content"};
constexpr std::string_view kCallMembers[] = {"type",      "id",        "call_id", "name",
                                             "arguments", "async",     "caller",  "namespace",
                                             "status",    "created_by"};
constexpr std::string_view kCustomCallMembers[] = {"type",   "id",        "call_id", "name",
                                                   "input",  "async",     "caller",  "namespace",
                                                   "status", "created_by"};
constexpr std::string_view kOutputMembers[] = {
    "type", "id", "call_id", "output", "caller", "name", "namespace", "status", "created_by"};
constexpr std::string_view kReferenceMembers[] = {"type", "id"};

/// What the ids of each type begin with, where the provider checks it.
std::string_view id_prefix(std::string_view type) {
  if (type == "message") return "msg";
  if (type == "reasoning") return "rs";
  if (type == "function_call" || type == "function_call_output") return "fc";
  if (type == "custom_tool_call" || type == "custom_tool_call_output") return "ctc";
  return type == "web_search_call" ? "ws" : "";
}

bool is_id_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

class ItemReader {
 public:
  ItemReader(const json::object& object, std::string path, Item& out)
      : object_(object), path_(std::move(path)), out_(out) {}

  Problem read() {
    out_.json = object_;
    if (auto problem = read_type()) return problem;
    if (out_.type == "message") return read_message();
    if (out_.type == "reasoning") return read_reasoning();
    if (out_.type == "function_call") return read_call(kCallMembers, "arguments");
    if (out_.type == "custom_tool_call") return read_call(kCustomCallMembers, "input");
    if (out_.type == "function_call_output" || out_.type == "custom_tool_call_output") {
      return read_output();
    }
    if (out_.type == "item_reference") return read_reference();
    out_.kind = ItemKind::other;
    out_.text = json::serialize(object_);
    return read_id();
  }

 private:
  /// A message need not say that it is one.
  Problem read_type() {
    const auto* type = given(object_, "type");
    out_.type = "message";
    if (type == nullptr) return std::nullopt;
    out_.type = openai::text_of(object_, "type");
    return openai::contains(kItemTypes, out_.type)
               ? std::nullopt
               : openai::not_one_of(path_, out_.type, kItemTypes);
  }

  Problem read_id() {
    const auto* id = given(object_, "id");
    if (id == nullptr) return std::nullopt;
    const auto where = at(path_, "id");
    if (auto problem = openai::check_text(*id, where)) return problem;
    out_.id = id->get_string();
    if (out_.id.size() > kIdMax) return openai::string_too_long(where, kIdMax, out_.id.size());
    const auto prefix = id_prefix(out_.type);
    if (!out_.id.starts_with(prefix)) {
      return bad_id(where, fmt::format("begins with '{}'.", prefix));
    }
    if (std::all_of(out_.id.begin(), out_.id.end(), is_id_letter)) return std::nullopt;
    return bad_id(where,
                  "contains letters, numbers, underscores, or dashes, but this value contained "
                  "additional characters.");
  }

  Problem bad_id(const std::string& where, std::string_view rule) const {
    return openai::invalid_request(
        fmt::format("Invalid '{}': '{}'. Expected an ID that {}", where, out_.id, rule), where,
        "invalid_value");
  }

  Problem read_status(Names statuses = kStatuses) const {
    const auto* status = given(object_, "status");
    return status ? openai::check_choice(*status, at(path_, "status"), statuses) : std::nullopt;
  }

  /// A text that must be there.
  Problem read_text(std::string_view key, std::string& out) const {
    const auto* value = given(object_, key);
    if (value == nullptr) return openai::missing_parameter(at(path_, key));
    if (auto problem = openai::check_text(*value, at(path_, key))) return problem;
    out = value->get_string();
    return std::nullopt;
  }

  Problem read_call_id() {
    if (auto problem = read_text("call_id", out_.call_id)) return problem;
    if (out_.call_id.empty()) return openai::empty_string(at(path_, "call_id"));
    if (out_.call_id.size() <= kIdMax) return std::nullopt;
    return openai::string_too_long(at(path_, "call_id"), kIdMax, out_.call_id.size());
  }

  Problem read_message() {
    const auto role = openai::text_of(object_, "role");
    if (!openai::contains(kRoles, role)) return openai::not_one_of(path_, role, kRoles);
    const bool assistant = role == "assistant";
    if (assistant) out_.role = Role::assistant;
    if (role == "system") out_.role = Role::system;
    if (role == "developer") out_.role = Role::developer;
    const auto* value = object_.if_contains("content");
    if (value == nullptr) return openai::missing_parameter(at(path_, "content"));
    const Names members = assistant ? Names(kAssistantMembers) : Names(kUserMembers);
    if (auto problem = openai::check_names(object_, members, path_)) return problem;
    Content content;
    const auto speaker = assistant ? Speaker::assistant : Speaker::user;
    if (auto problem = read_content(*value, at(path_, "content"), speaker, content)) return problem;
    take(std::move(content), "content");
    if (auto problem = read_id()) return problem;
    if (const auto* phase = given(object_, "phase")) {
      if (auto problem = openai::check_choice(*phase, at(path_, "phase"), kPhases)) return problem;
    }
    out_.json["type"] = "message";
    if (!given(out_.json, "status")) out_.json["status"] = "completed";
    return read_status();
  }

  void take(Content content, std::string_view member) {
    out_.text = std::move(content.text);
    out_.media = content.media;
    out_.breakpoint = content.breakpoint;
    out_.long_lived = content.long_lived;
    if (member == "content") out_.json[member] = std::move(content.parts);
  }

  Problem read_reasoning() {
    out_.kind = ItemKind::reasoning;
    const auto* summary = given(object_, "summary");
    const auto where = at(path_, "summary");
    if (summary == nullptr) return openai::missing_parameter(where);
    const auto* list = summary->if_array();
    if (list == nullptr) return openai::invalid_type(where, "an array of objects", *summary);
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto problem = read_summary((*list)[i], at(where, i))) return problem;
    }
    if (auto problem = openai::check_names(object_, kReasoningMembers, path_)) return problem;
    if (const auto* encrypted = given(object_, "encrypted_content")) {
      const auto place = at(path_, "encrypted_content");
      if (auto problem = openai::check_text(*encrypted, place)) return problem;
      out_.encrypted = encrypted->get_string();
    }
    if (auto problem = read_status()) return problem;
    if (out_.encrypted.empty() && !given(object_, "id")) {
      return openai::missing_parameter(at(path_, "id"));
    }
    return read_id();
  }

  Problem read_summary(const json::value& value, const std::string& where) {
    const auto* part = value.if_object();
    if (part == nullptr) return openai::invalid_type(where, "an object", value);
    constexpr std::string_view kTypes[] = {"summary_text"};
    const auto* type = given(*part, "type");
    if (type == nullptr) return openai::missing_parameter(at(where, "type"));
    if (auto problem = openai::check_choice(*type, at(where, "type"), kTypes)) return problem;
    const auto* text = given(*part, "text");
    if (text == nullptr) return openai::missing_parameter(at(where, "text"));
    return openai::check_text(*text, at(where, "text"));
  }

  Problem read_call(Names members, std::string_view argument) {
    out_.kind = ItemKind::call;
    if (auto problem = read_call_id()) return problem;
    if (auto problem = read_text("name", out_.name)) return problem;
    if (out_.name.empty()) return openai::empty_string(at(path_, "name"));
    if (auto problem = read_text(argument, out_.text)) return problem;
    if (auto problem = openai::check_names(object_, members, path_)) return problem;
    if (!given(out_.json, "status")) out_.json["status"] = "completed";
    if (auto problem = read_status()) return problem;
    return read_id();
  }

  Problem read_output() {
    out_.kind = ItemKind::call_output;
    if (auto problem = read_call_id()) return problem;
    const auto* output = object_.if_contains("output");
    const auto where = at(path_, "output");
    if (output == nullptr) return openai::missing_parameter(where);
    Content content;
    if (auto problem = read_content(*output, where, Speaker::tool, content)) return problem;
    take(std::move(content), "output");
    if (auto problem = openai::check_names(object_, kOutputMembers, path_)) return problem;
    if (!given(out_.json, "status")) out_.json["status"] = "completed";
    if (auto problem = read_status()) return problem;
    return read_id();
  }

  Problem read_reference() {
    out_.kind = ItemKind::reference;
    if (!given(object_, "id")) return openai::missing_parameter(at(path_, "id"));
    if (auto problem = openai::check_names(object_, kReferenceMembers, path_)) return problem;
    return read_id();
  }

  const json::object& object_;
  const std::string path_;
  Item& out_;
};

Item user_message(const json::value& text) {
  Item item;
  item.type = "message";
  item.text = text.get_string();
  item.json = {{"type", "message"},
               {"status", "completed"},
               {"role", "user"},
               {"content", {{{"type", "input_text"}, {"text", text}}}}};
  return item;
}

}  // namespace

Names item_types() { return kItemTypes; }

Problem read_input(const json::value& input, std::vector<Item>& out) {
  if (input.is_string()) {
    if (!input.get_string().empty()) out.push_back(user_message(input));
    return std::nullopt;
  }
  const auto* list = input.if_array();
  if (list == nullptr) {
    return openai::invalid_type("input", "one of a string or array of input items", input);
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto path = at("input", i);
    const auto* object = (*list)[i].if_object();
    if (object == nullptr) return openai::invalid_type(path, "an input item", (*list)[i]);
    out.emplace_back();
    if (auto problem = ItemReader(*object, path, out.back()).read()) return problem;
  }
  return std::nullopt;
}

}  // namespace headgate::lab::responses
