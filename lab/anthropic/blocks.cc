#include "lab/anthropic/blocks.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lab/formats/media.h"
#include "lab/formats/signature.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::anthropic {
namespace {

namespace json = boost::json;

constexpr auto kKinds = std::to_array<std::string_view>(
    {"bash_code_execution_tool_result", "code_execution_tool_result", "container_upload",
     "document", "image", "redacted_thinking", "search_result", "server_tool_use", "text",
     "text_editor_code_execution_tool_result", "thinking", "tool_result", "tool_search_tool_result",
     "tool_use", "web_fetch_tool_result", "web_search_tool_result"});
constexpr auto kKindsInResult = std::to_array<std::string_view>(
    {"document", "image", "search_result", "text", "tool_reference"});
constexpr auto kKindsInSystem = std::to_array<std::string_view>({"text"});

std::span<const std::string_view> kinds_of(Speaker speaker) {
  if (speaker == Speaker::system) return kKindsInSystem;
  return speaker == Speaker::tool ? std::span<const std::string_view>(kKindsInResult)
                                  : std::span<const std::string_view>(kKinds);
}

std::string_view prefix_of(Speaker speaker) {
  switch (speaker) {
    case Speaker::assistant: return "assistant";
    case Speaker::system: return "system";
    default: return "user";
  }
}

/// A text block for the cache: a plain text is the same.
std::string text_key(Speaker speaker, std::string_view text) {
  return fmt::format("{} text {}", prefix_of(speaker), text);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

bool is_one_of(std::string_view kind, std::initializer_list<std::string_view> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// Reads a block whose kind is known; `at_` is it with the kind in its path.
class BlockReader {
 public:
  BlockReader(const Node& node, Speaker speaker, bool is_2026, CacheMarks& marks, Block& out)
      : node_(node),
        at_(node.as(out.kind)),
        speaker_(speaker),
        is_2026_(is_2026),
        marks_(marks),
        out_(out) {}

  void read() {
    check_speaker();
    if (out_.kind == "text") return read_text();
    if (out_.kind == "image") return read_image();
    if (out_.kind == "document") return read_document();
    if (out_.kind == "search_result") return read_search_result();
    if (out_.kind == "thinking") return read_thinking();
    if (out_.kind == "redacted_thinking") return read_redacted();
    if (out_.kind == "tool_use") return read_tool_use();
    if (out_.kind == "tool_result") return read_tool_result();
    count(json::serialize(node_.value()));  // what server tools said: taken as it is
  }

 private:
  void check_speaker() {
    const bool of_user =
        is_one_of(out_.kind, {"tool_result", "image", "search_result", "container_upload"}) ||
        (out_.kind == "document" && is_2026_);
    const bool of_assistant =
        is_one_of(out_.kind, {"tool_use", "thinking", "redacted_thinking", "server_tool_use"});
    const auto* where = speaker_ == Speaker::assistant && of_user   ? "user"
                        : speaker_ == Speaker::user && of_assistant ? "assistant"
                                                                    : nullptr;
    if (where == nullptr) return;
    node_.note(fmt::format("`{}` blocks can only be in `{}` messages", out_.kind, where));
  }

  void count(std::string_view text) { out_.cache.tokens += count_tokens(text); }

  void read_text() {
    at_.only({"type", "text", "cache_control", "citations"});
    const Node text = at_["text"];
    if (!text.required()) return;
    out_.text = text.text();
    if (out_.text.empty()) {
      node_.note_all("messages: text content blocks must be non-empty");
    } else if (is_blank(out_.text) && speaker_ != Speaker::assistant) {
      node_.note_all("messages: text content blocks must contain non-whitespace text");
    }
    const Node citations = at_["citations"];
    if (citations.given() && citations.size() > 0 && is_2026_ && speaker_ == Speaker::user) {
      citations.note("Extra inputs are not permitted");
    }
    count(out_.text);
    if (!citations.given()) out_.cache.text = text_key(speaker_, out_.text);
    marks_.read(at_, out_.cache);
  }

  void read_image() {
    at_.only({"type", "source", "cache_control", "transformations"});
    const Node source = at_["source"];
    if (!source.required()) return;
    const auto kind = source.variant({"base64", "file", "url"});
    if (kind == "base64") read_base64(source.as(kind), /*is_image=*/true);
    if (kind == "url") read_url(source.as(kind));
    out_.cache.tokens += kMediaTokens;
    marks_.read(at_, out_.cache);
  }

  static void read_base64(const Node& source, bool is_image) {
    source.only({"type", "media_type", "data"});
    const Node type = source["media_type"];
    if (!type.required() || !source["data"].required()) return;
    const auto named = is_image
                           ? type.choice({"image/jpeg", "image/png", "image/gif", "image/webp"})
                           : type.choice({"application/pdf"});
    const std::string data = source["data"].text();
    if (source.failed()) return;
    if (!is_base64(data)) return source.note("invalid base64 data");
    const auto found = sniffed_type(data);
    if (found == named) return;
    if (!is_image) return source["data"].note("The PDF specified was not valid.");
    if (found.empty()) return source.note_all("Could not process image");
    source["data"].note(fmt::format("Image does not match the provided media type {}", named));
  }

  static void read_url(const Node& source) {
    source.only({"type", "url"});
    if (!source["url"].required()) return;
    if (!source["url"].text().starts_with("https://")) {
      source["url"].note("Only HTTPS URLs are supported.");
    }
  }

  void read_document() {
    at_.only({"type", "source", "cache_control", "citations", "context", "title"});
    const Node source = at_["source"];
    if (!source.required()) return;
    const auto kind = source.variant({"base64", "content", "file", "text", "url"});
    if (kind == "base64") read_base64(source.as(kind), /*is_image=*/false);
    if (kind == "url") read_url(source.as(kind));
    if (kind == "text") {
      const Node named = source.as(kind);
      named.only({"type", "media_type", "data"});
      named["media_type"].choice({"text/plain"});
      if (named["data"].required()) count(named["data"].text());
    }
    out_.cache.tokens += kMediaTokens;
    marks_.read(at_, out_.cache);
  }

  void read_search_result() {
    at_.only({"type", "source", "title", "content", "cache_control", "citations"});
    for (const std::string_view key : {"source", "title", "content"}) {
      if (!at_[key].required()) return;
    }
    const Node content = at_["content"];
    for (std::size_t i = 0; i < content.size(); ++i) {
      add_part(read_block(content.item(i), Speaker::system, is_2026_, marks_));
    }
    marks_.read(at_, out_.cache);
  }

  void add_part(const Block& part) {
    if (!out_.text.empty() && !part.text.empty()) out_.text += '\n';
    out_.text += part.text;
    out_.cache.tokens += part.cache.tokens;
    // A mark inside a block holds for the block.
    out_.cache.breakpoint = out_.cache.breakpoint || part.cache.breakpoint;
    out_.cache.long_lived = out_.cache.long_lived || part.cache.long_lived;
  }

  void read_thinking() {
    at_.only({"type", "thinking", "signature"});
    if (!at_["signature"].required() || !at_["thinking"].required()) return;
    const std::string thinking = at_["thinking"].text();
    if (!is_signature_of(at_["signature"].text(), thinking)) {
      node_.note("Invalid `signature` in `thinking` block");
    }
    count(thinking);
  }

  void read_redacted() {
    at_.only({"type", "data"});
    if (!at_["data"].required()) return;
    if (!is_signature_of(at_["data"].text(), "redacted")) {
      node_.note("Invalid `data` in `redacted_thinking` block");
    }
  }

  std::string read_id(std::string_view key) {
    if (!at_[key].required()) return {};
    std::string id = at_[key].text();
    const bool good = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
    if (!good) at_[key].note("String should match pattern '^[a-zA-Z0-9_-]+$'");
    return id;
  }

  void read_tool_use() {
    at_.only({"type", "id", "name", "input", "cache_control", "caller", "toolset_name"});
    out_.id = read_id("id");
    if (!at_["name"].required() || !at_["input"].required()) return;
    count(at_["name"].text());
    if (!at_["input"].value().is_object()) {
      return at_["input"].note("Input should be a valid dictionary");
    }
    count(json::serialize(at_["input"].value()));
    marks_.read(at_, out_.cache);
  }

  void read_tool_result() {
    at_.only({"type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name"});
    out_.id = read_id("tool_use_id");
    at_["is_error"].flag(false);
    const Node content = at_["content"];
    if (content.is_list()) {
      for (std::size_t i = 0; i < content.size(); ++i) {
        add_part(read_block(content.item(i), Speaker::tool, is_2026_, marks_));
      }
    } else if (content.given()) {
      out_.text = content.text();
      count(out_.text);
    }
    marks_.read(at_, out_.cache);
  }

  const Node& node_;
  const Node at_;
  const Speaker speaker_;
  const bool is_2026_;
  CacheMarks& marks_;
  Block& out_;
};

}  // namespace

Block read_block(const Node& node, Speaker speaker, bool is_2026, CacheMarks& marks) {
  Block block;
  block.kind = node.variant(kinds_of(speaker));
  if (block.kind.empty()) return block;
  block.path = node.path();
  block.cache.text = cache_text_of(node, prefix_of(speaker));
  BlockReader(node, speaker, is_2026, marks, block).read();
  return block;
}

Block text_block(const std::string& text, Speaker speaker) {
  Block block;
  block.kind = "text";
  block.text = text;
  block.cache.tokens = count_tokens(text);
  block.cache.text = text_key(speaker, text);
  return block;
}

}  // namespace headgate::lab::anthropic
