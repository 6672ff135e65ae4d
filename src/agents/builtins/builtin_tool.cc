#include "agents/builtins/builtin_tool.h"

#include <string_view>

namespace headgate::agents {
namespace {

struct Words {
  std::string_view description;
  std::string_view input;
};

Words words_of(Builtin builtin) {
  switch (builtin) {
    case Builtin::none: break;
    case Builtin::current_time: return {"The time now, in UTC.", ""};
    case Builtin::calculator:
      return {
          "Reckons with decimal numbers exactly: + - * / and brackets, abs(x), min(x, y), "
          "max(x, y), round(x, places).",
          R"({"type":"object","properties":{"expression":{"type":"string",)"
          R"("description":"For example: 189.00 * 0.15 + 4.90",
            "maxLength" : 1000
      }
  },)"
          R"("required":["expression"],"additionalProperties":false})"};
    case Builtin::search_knowledge:
      return {"Searches the knowledge base and gives the passages that fit best.",
              R"({"type":"object","properties":{"query":{"type":"string",)"
              R"("description":"What is to be found, in words","minLength":1,"maxLength":2000},)"
              R"("limit":{"type":"integer","minimum":1,"maximum":20,)"
              R"("description":"How many passages; 5 if not given"}},)"
              R"("required":["query"],"additionalProperties":false})"};
    case Builtin::human_handoff:
      return {"Asks a person, and waits for the answer. For what you may not or cannot decide.",
              R"({"type":"object","properties":{"question":{"type":"string",)"
              R"("description":"What the person must know, and what is to be decided",)"
              R"("minLength":1,"maxLength":4000}},)"
              R"("required":["question"],"additionalProperties":false})"};
  }
  return {};
}

}  // namespace

ToolConfigs complete_builtins(const ToolConfigs& tools) {
  ToolConfigs out;
  for (const auto& [name, config] : tools) {
    ToolConfig& tool = out.add(name);
    tool = config;
    if (tool.builtin == Builtin::none) continue;
    const Words words = words_of(tool.builtin);
    if (tool.description.empty()) tool.description = words.description;
    if (tool.input.empty()) tool.input.text = words.input;
    tool.effect = Effect::pure;
    if (tool.builtin == Builtin::human_handoff) tool.approval = ApprovalWish::always;
  }
  return out;
}

}  // namespace headgate::agents
