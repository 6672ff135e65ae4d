#include "agents/quarantine/told.h"

#include <algorithm>

#include "base/json/writer.h"

namespace headgate::agents {

namespace json = base::json;

namespace {

constexpr std::string_view kNote =
    "The text of this result is withheld: it is not trusted. Use its values, or give its reference "
    "as an argument to pass the text on.";

bool is_open(const TypedValue& value) { return !value.json.empty() && !value.endorsed; }

void write_values(json::Writer& writer, const TypedValues& values) {
  writer.object("values");
  for (const TypedValue& value : values) {
    if (value.is_text) continue;
    writer.member_raw(value.name, value.json.empty() ? "null" : value.json);
  }
  writer.end_object();
  const bool has_text = std::any_of(values.begin(), values.end(),
                                    [](const TypedValue& value) { return value.is_text; });
  if (!has_text) return;
  writer.object("untrusted_text");
  for (const TypedValue& value : values) {
    if (!value.is_text) continue;
    writer.member_raw(value.name, value.json.empty() ? "null" : value.json);
  }
  writer.end_object();
}

std::vector<std::string> dropped_of(const TypedValues& values) {
  std::vector<std::string> out;
  for (const TypedValue& value : values) {
    if (value.dropped) out.push_back(value.name);
  }
  return out;
}

std::vector<std::string> endorsed_of(const TypedValues& values) {
  std::vector<std::string> out;
  for (const TypedValue& value : values) {
    if (value.endorsed && !value.json.empty()) out.push_back(value.json);
  }
  return out;
}

// Its results are nobody's text, or that of a person whom the configuration lets answer. Pages of a
// knowledge base are text of whoever wrote them.
bool is_ours(Builtin builtin) {
  switch (builtin) {
    case Builtin::none:
    case Builtin::search_knowledge: return false;
    case Builtin::current_time:
    case Builtin::calculator:
    case Builtin::human_handoff: return true;
  }
  return false;
}

bool is_trusted(const SaidByTool& said) {
  const ToolConfig& config = said.tool.config;
  const bool vouched_for = is_ours(config.builtin) || config.result_trust == Trust::trusted;
  return said.call.taint.empty() && vouched_for;
}

// Who chose what was asked for has chosen the answer.
TypedValues endorsed_as_far_as(const SaidByTool& said, TypedValues values) {
  for (TypedValue& value : values) value.endorsed = value.endorsed && said.call.taint.empty();
  return values;
}

TypedValues found_in(const SaidByTool& said) {
  return endorsed_as_far_as(said, said.tool.types.found_in(said.text));
}

ToolWords withheld(const SaidByTool& said, const TypedValues& values, std::string_view unread) {
  ToolWords out;
  out.dropped = dropped_of(values);
  out.endorsed = endorsed_of(values);
  out.withheld = said.text;
  const bool open = std::any_of(values.begin(), values.end(), is_open);
  if (open) out.labels.push_back(label_of_tool(said.tool.name));
  json::Writer writer(out.told);
  writer.begin_object();
  writer.member("reference", reference_to(said.call.id));
  writer.member("outcome", said.is_error ? "error" : "ok");
  if (!values.empty()) write_values(writer, values);
  if (!out.dropped.empty()) {
    writer.array("dropped");
    for (const std::string& name : out.dropped) writer.string(name);
    writer.end_array();
  }
  if (!unread.empty()) writer.member("unread", unread);
  writer.member("note", kNote);
  writer.end_object();
  return out;
}

void append(TypedValues& to, TypedValues more) {
  for (TypedValue& value : more) to.push_back(std::move(value));
}

}  // namespace

ToolWords words_of_result(const SaidByTool& said, bool quarantined) {
  const TypedValues found = said.is_error ? TypedValues() : found_in(said);
  if (is_trusted(said)) {
    ToolWords out;
    out.told = said.text;
    out.trusted = true;
    return out;
  }
  if (!quarantined) {
    ToolWords out;
    out.told = said.text;
    out.labels.push_back(label_of_tool(said.tool.name));
    out.endorsed = endorsed_of(found);
    out.dropped = dropped_of(found);
    return out;
  }
  ToolWords out = withheld(said, found, {});
  out.wants_reader = !said.is_error && !said.text.empty() && said.tool.types.needs_reader();
  return out;
}

ToolWords words_of_reading(const SaidByTool& said, const ReaderResult& result) {
  TypedValues values = found_in(said);
  append(values, endorsed_as_far_as(said, said.tool.types.read_of(result.answer)));
  const std::string_view unread = result.answer.empty() ? "the reader gave no values"
                                  : result.was_cut      ? "the end of the text was not read"
                                                        : "";
  return withheld(said, values, unread);
}

}  // namespace headgate::agents
