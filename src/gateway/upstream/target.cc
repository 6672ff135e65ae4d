#include "gateway/upstream/target.h"

namespace headgate::gateway {
namespace {

using llm::chat::Dialect;

std::optional<std::string> openai_path(Operation operation, Dialect dialect) {
  const bool responses = dialect == Dialect::openai_responses;
  switch (operation) {
    case Operation::chat: return responses ? "/responses" : "/chat/completions";
    case Operation::count_tokens:
      return responses ? std::optional<std::string>("/responses/input_tokens") : std::nullopt;
    case Operation::embeddings: return "/embeddings";
    case Operation::moderations: return "/moderations";
  }
  return std::nullopt;
}

std::optional<std::string> anthropic_path(Operation operation) {
  if (operation == Operation::chat) return "/messages";
  if (operation == Operation::count_tokens) return "/messages/count_tokens";
  return std::nullopt;
}

// A name that clients chose never reaches a path, only the configured one; blanks and slashes in it
// would still break the request line.
void append_segment(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '/' && c != '?' && c != '#' && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::optional<std::string> gemini_path(Operation operation, std::string_view model, bool stream) {
  std::string out = "/models/";
  append_segment(out, model);
  switch (operation) {
    case Operation::chat:
      return out + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    case Operation::count_tokens: return out + ":countTokens";
    case Operation::embeddings: return out + ":batchEmbedContents";
    case Operation::moderations: return std::nullopt;
  }
  return std::nullopt;
}

std::string prefix_of(const Provider& provider, std::string_view model) {
  constexpr std::string_view kModel = "{model}";
  std::string out;
  std::string_view rest = provider.path_prefix;
  for (auto at = rest.find(kModel); at != std::string_view::npos; at = rest.find(kModel)) {
    out += rest.substr(0, at);
    append_segment(out, model);
    rest.remove_prefix(at + kModel.size());
  }
  return out.append(rest);
}

}  // namespace

std::string_view name(Operation operation) {
  switch (operation) {
    case Operation::chat: return "chat";
    case Operation::count_tokens: return "count_tokens";
    case Operation::embeddings: return "embeddings";
    case Operation::moderations: return "moderations";
  }
  return "chat";
}

std::optional<std::string> upstream_path(const Provider& provider, Dialect dialect,
                                         Operation operation, std::string_view model, bool stream) {
  std::optional<std::string> path;
  switch (dialect) {
    case Dialect::openai_chat:
    case Dialect::openai_responses: path = openai_path(operation, dialect); break;
    case Dialect::anthropic: path = anthropic_path(operation); break;
    case Dialect::gemini: path = gemini_path(operation, model, stream); break;
  }
  if (!path) return path;
  if (!provider.path_prefix.empty()) path->insert(0, prefix_of(provider, model));
  if (!provider.query.empty()) {
    *path += path->find('?') == std::string::npos ? '?' : '&';
    *path += provider.query;
  }
  return path;
}

}  // namespace headgate::gateway
