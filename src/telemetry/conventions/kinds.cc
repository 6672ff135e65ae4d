#include "telemetry/conventions/kinds.h"

#include <array>
#include <span>

namespace headgate::telemetry {
namespace {

struct Word {
  std::string_view word;
  SpanKind kind;
};

std::optional<SpanKind> look_up(std::span<const Word> words, std::string_view word) {
  for (const Word& each : words) {
    if (each.word == word) return each.kind;
  }
  return std::nullopt;
}

}  // namespace

// A request and an attempt of another Headgate: here they are what it has seen, and no more. Only a
// request of this gateway carries the totals of a call.
std::optional<SpanKind> kind_of_headgate(std::string_view kind) {
  if (kind == name(SpanKind::request)) return SpanKind::other;
  if (kind == name(SpanKind::attempt)) return SpanKind::llm;
  for (std::size_t i = 0; i < kSpanKindCount; ++i) {
    const auto each = static_cast<SpanKind>(i);
    if (name(each) == kind) return each;
  }
  return std::nullopt;
}

std::optional<SpanKind> kind_of_langfuse(std::string_view type) {
  static constexpr std::array kWords{
      Word{"generation", SpanKind::llm},      Word{"embedding", SpanKind::llm},
      Word{"tool", SpanKind::tool},           Word{"retriever", SpanKind::retrieval},
      Word{"guardrail", SpanKind::guardrail}, Word{"agent", SpanKind::agent},
      Word{"chain", SpanKind::workflow},      Word{"evaluator", SpanKind::other},
      Word{"event", SpanKind::other}};  // "span" is what everything is called that has no type
  return look_up(kWords, type);
}

std::optional<SpanKind> kind_of_openinference(std::string_view kind) {
  static constexpr std::array kWords{Word{"LLM", SpanKind::llm},
                                     Word{"EMBEDDING", SpanKind::llm},
                                     Word{"TOOL", SpanKind::tool},
                                     Word{"RETRIEVER", SpanKind::retrieval},
                                     Word{"GUARDRAIL", SpanKind::guardrail},
                                     Word{"AGENT", SpanKind::agent},
                                     Word{"CHAIN", SpanKind::other},
                                     Word{"RERANKER", SpanKind::other},
                                     Word{"EVALUATOR", SpanKind::other},
                                     Word{"PROMPT", SpanKind::other}};
  return look_up(kWords, kind);
}

std::optional<SpanKind> kind_of_operation(std::string_view operation) {
  static constexpr std::array kWords{Word{"chat", SpanKind::llm},
                                     Word{"text_completion", SpanKind::llm},
                                     Word{"completion", SpanKind::llm},
                                     Word{"generate_content", SpanKind::llm},
                                     Word{"generate", SpanKind::llm},
                                     Word{"embeddings", SpanKind::llm},
                                     Word{"fetch_response", SpanKind::llm},
                                     Word{"execute_tool", SpanKind::tool},
                                     Word{"retrieval", SpanKind::retrieval},
                                     Word{"invoke_agent", SpanKind::agent},
                                     Word{"create_agent", SpanKind::agent},
                                     Word{"invoke_workflow", SpanKind::workflow},
                                     Word{"plan", SpanKind::decision},
                                     Word{"run_guardrail", SpanKind::guardrail}};
  return look_up(kWords, operation);
}

std::optional<SpanKind> kind_of_traceloop(std::string_view kind) {
  static constexpr std::array kWords{Word{"workflow", SpanKind::workflow},
                                     Word{"agent", SpanKind::agent}, Word{"tool", SpanKind::tool},
                                     Word{"task", SpanKind::other}};
  return look_up(kWords, kind);
}

// "ai.generateText" drives several calls of the model and of tools; "….doGenerate" is one of them.
std::optional<SpanKind> kind_of_vercel(std::string_view operation_id) {
  if (operation_id.empty()) return std::nullopt;
  if (operation_id == "ai.toolCall") return SpanKind::tool;
  if (operation_id.find(".do") != std::string_view::npos) return SpanKind::llm;
  return SpanKind::agent;
}

}  // namespace headgate::telemetry
