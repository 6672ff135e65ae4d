#include "lab/anthropic/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace headgate::lab::anthropic {
namespace {

constexpr std::int64_t kTokensPerMessage = 3;

/// Messages of one speaker in a row: Anthropic takes them as one.
struct Turn {
  Speaker speaker = Speaker::user;
  std::size_t index = 0;  // of its first message
  std::vector<Block> blocks;
};

void add_line(std::string& text, const std::string& line) {
  if (!text.empty() && !line.empty()) text += '\n';
  text += line;
}

bool is_thinking(const Block& block) {
  return block.kind == "thinking" || block.kind == "redacted_thinking";
}

class MessageReader {
 public:
  MessageReader(const Node& messages, const MessageRules& rules, CacheMarks& marks)
      : messages_(messages), rules_(rules), marks_(marks) {}

  void read(Prompt& out) {
    const std::size_t count = messages_.size();
    if (count == 0) return messages_.note("at least one message is required");
    for (std::size_t i = 0; i < count && !messages_.failed(); ++i) read_one(i, i + 1 == count);
    if (messages_.failed()) return;
    check_order();
    for (std::size_t i = 0; i < turns_.size(); ++i) check_tools(i);
    check_thinking();
    check_end();
    for (auto& turn : turns_) give(turn, out);
  }

 private:
  void read_one(std::size_t index, bool is_last) {
    const Node node = messages_.item(index);
    if (!node.is_object()) return;
    node.only({"role", "content"});
    if (!node["role"].required() || !node["content"].required()) return;
    const auto role = node["role"].choice({"user", "assistant", "system"});
    const Speaker speaker = role == "assistant" ? Speaker::assistant
                            : role == "system"  ? Speaker::system
                                                : Speaker::user;
    Turn& turn = turn_of(speaker, index);
    const std::size_t before = turn.blocks.size();
    const Node content = node["content"];
    if (content.is_text()) {
      if (!content.text().empty()) turn.blocks.push_back(text_block(content.text(), speaker));
    } else {
      for (std::size_t i = 0; i < content.size(); ++i) {
        turn.blocks.push_back(read_block(content.item(i), speaker, rules_.is_2026, marks_));
      }
    }
    if (turn.blocks.size() > before || (is_last && speaker == Speaker::assistant)) return;
    node.note(
        "all messages must have non-empty content except for the optional final assistant "
        "message");
  }

  Turn& turn_of(Speaker speaker, std::size_t index) {
    if (turns_.empty() || turns_.back().speaker != speaker) {
      turns_.push_back({speaker, index, {}});
    }
    return turns_.back();
  }

  void note_at(std::size_t index, std::string_view says) { messages_.item(index).note(says); }

  void check_order() {
    if (turns_.front().speaker == Speaker::assistant) {
      messages_.note("first message must use the \"user\" role");
    }
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      if (turns_[i].speaker != Speaker::system) continue;
      const bool last = i + 1 == turns_.size();
      if (i == 0) note_at(turns_[i].index, "role 'system' must follow a 'user' message");
      if (!last && turns_[i + 1].speaker != Speaker::assistant) {
        note_at(turns_[i].index,
                "role 'system' must precede an 'assistant' message or end the array");
      }
    }
  }

  static std::vector<std::string> ids_of(const Turn& turn, std::string_view kind) {
    std::vector<std::string> ids;
    for (const auto& block : turn.blocks) {
      if (block.kind == kind) ids.push_back(block.id);
    }
    return ids;
  }

  /// The results that stand before anything else.
  static std::vector<std::string> leading_results(const Turn& turn) {
    std::vector<std::string> ids;
    for (const auto& block : turn.blocks) {
      if (block.kind != "tool_result") break;
      ids.push_back(block.id);
    }
    return ids;
  }

  static bool contains(const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  /// Every use of turn `i` is answered in the next; every result of it answers one before.
  void check_tools(std::size_t i) {
    const Turn& turn = turns_[i];
    const bool last = i + 1 == turns_.size();
    if (turn.speaker == Speaker::assistant && !last) {
      const auto answered = leading_results(turns_[i + 1]);
      std::string open;
      for (const auto& id : ids_of(turn, "tool_use")) {
        if (!contains(answered, id)) open += (open.empty() ? "" : ", ") + id;
      }
      if (!open.empty()) {
        note_at(turn.index,
                fmt::format("`tool_use` ids were found without `tool_result` blocks immediately "
                            "after: {}. Each `tool_use` block must have a corresponding "
                            "`tool_result` block in the next message.",
                            open));
      }
    }
    const auto asked = i == 0 ? std::vector<std::string>() : ids_of(turns_[i - 1], "tool_use");
    check_results(turn, asked);
  }

  void check_results(const Turn& turn, const std::vector<std::string>& asked) {
    std::vector<std::string> seen;
    for (const auto& block : turn.blocks) {
      if (block.kind != "tool_result" && block.kind != "tool_use") continue;
      const bool again = contains(seen, block.id);
      seen.push_back(block.id);
      if (block.kind == "tool_use") {
        if (again) note(block, "`tool_use` ids must be unique");
      } else if (!contains(asked, block.id)) {
        note(block,
             fmt::format("unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
                         "`tool_result` block must have a corresponding `tool_use` block in the "
                         "previous message.",
                         block.id));
      } else if (again) {
        note(block, fmt::format("each tool_use must have a single result. Found multiple "
                                "`tool_result` blocks with id: {}",
                                block.id));
      }
    }
  }

  void note(const Block& block, std::string_view says) {
    messages_.note_all(fmt::format("{}: {}", block.path, says));
  }

  /// Where the lab thought before it used tools, the thoughts come back before these uses.
  void check_thinking() {
    if (!rules_.thinking_enabled) return;
    std::size_t end = turns_.size();
    while (end >= 2 && turns_[end - 1].speaker == Speaker::user &&
           !leading_results(turns_[end - 1]).empty()) {
      end -= 2;
    }
    if (end == turns_.size()) return;
    const Turn& turn = turns_[end];
    const auto ids = ids_of(turn, "tool_use");
    const bool thought = std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
      return rules_.thought_calls.contains(id);
    });
    if (!thought || is_thinking(turn.blocks.front())) return;
    messages_.note_all(
        fmt::format("messages.{}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
                    "found `{}`. When `thinking` is enabled, a final `assistant` message must "
                    "start with a thinking block (preceeding the lastmost set of `tool_use` and "
                    "`tool_result` blocks). We recommend you include thinking blocks from previous "
                    "turns. To avoid this requirement, disable `thinking`.",
                    turn.index, turn.blocks.front().kind));
  }

  void check_end() {
    const Turn& last = turns_.back();
    if (last.speaker != Speaker::assistant || last.blocks.empty()) return;
    const auto& text = last.blocks.back().text;
    if (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string::npos) {
      messages_.note("final assistant content cannot end with trailing whitespace");
    }
    const auto open = ids_of(last, "tool_use");
    if (!open.empty()) {
      note_at(last.index,
              fmt::format("`tool_use` ids were found without `tool_result` blocks immediately "
                          "after: {}. Each `tool_use` block must have a corresponding "
                          "`tool_result` block in the next message.",
                          fmt::join(open, ", ")));
    }
  }

  static void give(Turn& turn, Prompt& out) {
    const Role role = turn.speaker == Speaker::assistant ? Role::assistant
                      : turn.speaker == Speaker::system  ? Role::system
                                                         : Role::user;
    Message said{role, {}};
    bool says = role != Role::user;
    bool first = true;
    for (auto& block : turn.blocks) {
      if (first) block.cache.tokens += kTokensPerMessage;
      first = false;
      if (block.kind == "tool_result") {
        out.messages.push_back({Role::tool, block.text});
      } else {
        says = true;
        add_line(said.text, block.text);
      }
      out.cache_blocks.push_back(std::move(block.cache));
    }
    if (says) out.messages.push_back(std::move(said));
  }

  const Node& messages_;
  const MessageRules& rules_;
  CacheMarks& marks_;
  std::vector<Turn> turns_;
};

}  // namespace

void read_messages(const Node& messages, const MessageRules& rules, CacheMarks& marks,
                   Prompt& out) {
  if (!messages.required()) return;
  MessageReader(messages, rules, marks).read(out);
}

void read_system(const Node& system, const MessageRules& rules, CacheMarks& marks, Prompt& out) {
  if (!system.given()) return;
  Message message{Role::system, {}};
  std::vector<Block> blocks;
  if (system.is_text()) {
    blocks.push_back(text_block(system.text(), Speaker::system));
  } else {
    for (std::size_t i = 0; i < system.size(); ++i) {
      blocks.push_back(read_block(system.item(i), Speaker::system, rules.is_2026, marks));
    }
  }
  for (auto& block : blocks) {
    add_line(message.text, block.text);
    out.cache_blocks.push_back(std::move(block.cache));
  }
  out.messages.push_back(std::move(message));
}

}  // namespace headgate::lab::anthropic
