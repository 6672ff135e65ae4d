#include "llm/gemini/request_decode.h"

#include <algorithm>
#include <utility>

#include "llm/gemini/request_scan.h"
#include "llm/gemini_wire/config.h"
#include "llm/gemini_wire/part.h"

namespace headgate::llm::gemini {
namespace {

using base::Errc;
using base::json::Kind;
using chat::Message;
using chat::Reasoning;
using chat::Role;
using chat::Text;
using chat::ToolCall;
using chat::ToolResult;
using WireParts = std::vector<WirePart>;

bool is_empty(const WirePart& part) { return part.is_empty(); }
bool brings_result(const WirePart& part) { return part.part.as<ToolResult>() != nullptr; }

void append(std::vector<chat::Part>& to, WireParts&& parts) {
  for (WirePart& part : parts) append_part(to, std::move(part));
}

// Empty texts say nothing; a content that has nothing else keeps one.
void drop_empty(WireParts& parts) {
  const auto end = std::remove_if(parts.begin(), parts.end(), is_empty);
  if (end != parts.begin() || parts.empty()) {
    parts.erase(end, parts.end());
  } else {
    parts.resize(1);
  }
}

bool is_nothing(const std::vector<chat::Part>& parts) {
  return parts.size() == 1 && parts[0] == chat::text_part({});
}

// Whether `next` was a piece of the same text, or of the same thought, and stands there now.
bool joined(chat::Part& last, const WirePart& next) {
  if (!last.extras.empty() || !next.part.extras.empty() || !next.signature.empty()) return false;
  auto* text = last.as<Text>();
  const auto* more_text = next.part.as<Text>();
  if (text != nullptr && more_text != nullptr) {
    text->text += more_text->text;
    return true;
  }
  auto* thought = last.as<Reasoning>();
  const auto* more = next.part.as<Reasoning>();
  if (thought == nullptr || more == nullptr || !thought->signature.empty()) return false;
  thought->text += more->text;
  return true;
}

// The model's turn goes on in another content.
void go_on(std::vector<chat::Part>& turn, WireParts&& parts) {
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_empty), parts.end());
  if (parts.empty()) return;
  if (is_nothing(turn)) turn.clear();
  if (!turn.empty() && joined(turn.back(), parts.front())) parts.erase(parts.begin());
  append(turn, std::move(parts));
}

class Decoder {
 public:
  Decoder(std::string_view body, const chat::Limits& limits)
      : reading_(body, limits, Errc::invalid_request) {
    out_.origin = chat::Dialect::gemini;
  }
  base::Result<chat::Request> run(std::string model, bool stream);

 private:
  bool member(const std::string& name);
  bool model();
  bool store();
  bool system();
  bool content();
  bool parts(WireParts& out);
  bool role(Role& out);
  bool goes_on(const Message& message, const WireParts& parts) const;
  void add(Message&& message);

  Reading reading_;
  chat::Request out_;
  Message system_{Role::system, {}, {}, {}};
};

bool Decoder::member(const std::string& name) {
  if (name == "contents") {
    return reading_.each("contents", reading_.limits.messages_max, [&] { return content(); });
  }
  if (name == "tools") return read_tools(reading_, out_);
  const Reading::Step step(reading_, name);
  if (name == "systemInstruction") return system();
  if (name == "toolConfig") return read_tool_config(reading_, out_);
  if (name == "generationConfig") return read_config(reading_, out_);
  if (name == "labels") return reading_.raw_object(out_.metadata);
  if (name == "serviceTier") return reading_.string(out_.service_tier);
  if (name == "store") return store();
  if (name == "model") return model();
  return reading_.extra(out_.extras, {}, name);
}

bool Decoder::model() {
  std::string model;
  if (!reading_.string(model)) return false;
  return bare_model(model) == out_.model ||
         reading_.reject("another model than the one in the URL");
}

bool Decoder::store() {
  bool value = false;
  if (!reading_.boolean(value)) return false;
  out_.store = value;
  return true;
}

bool Decoder::parts(WireParts& out) {
  return reading_.each("parts", reading_.limits.parts_max,
                       [&] { return read_part(reading_, out.emplace_back()); });
}

// A text, or a content whose role says nothing here.
bool Decoder::system() {
  if (reading_.cursor.kind() == Kind::string) {
    return reading_.string(system_.parts.emplace_back(chat::text_part({})).as<chat::Text>()->text);
  }
  if (!reading_.enter()) return false;
  WireParts parts;
  std::string_view name;
  while (reading_.member(name)) {
    if (name == "parts") {
      this->parts(parts);
    } else if (name == "role") {
      reading_.cursor.skip();
    } else {
      reading_.extra(system_.extras, {}, name);
    }
  }
  append(system_.parts, std::move(parts));
  return !reading_.failed();
}

bool Decoder::role(Role& out) {
  std::string role;
  const Reading::Step step(reading_, "role");
  if (!reading_.string(role)) return false;
  if (role.empty() || role == "user") {
    out = Role::user;
  } else if (role == "model") {
    out = Role::assistant;
  } else if (role == "function" || role == "tool") {
    out = Role::tool;
  } else {
    return reading_.reject("expected the role user, model or function");
  }
  return true;
}

bool Decoder::content() {
  Message message;
  if (reading_.cursor.kind() == Kind::string) {
    message.parts.push_back(chat::text_part({}));
    if (!reading_.string(message.parts[0].as<chat::Text>()->text)) return false;
    add(std::move(message));
    return true;
  }
  if (!reading_.enter()) return false;
  WireParts parts;
  std::string_view name;
  while (reading_.member(name)) {
    if (name == "parts") {
      this->parts(parts);
    } else if (name == "role") {
      role(message.role);
    } else {
      reading_.extra(message.extras, {}, name);
    }
  }
  if (reading_.failed()) return false;
  if (goes_on(message, parts)) {
    go_on(out_.messages.back().parts, std::move(parts));
    return true;
  }
  if (message.role == Role::assistant) drop_empty(parts);
  append(message.parts, std::move(parts));
  add(std::move(message));
  return true;
}

// Chats of Google's clients keep each chunk of a stream as a content of its own, which elsewhere
// would be an answer each, and calls whose results do not follow.
bool Decoder::goes_on(const Message& message, const WireParts& parts) const {
  if (out_.messages.empty() || out_.messages.back().role != Role::assistant) return false;
  return message.role == Role::assistant && message.extras.empty() &&
         std::none_of(parts.begin(), parts.end(), brings_result);
}

// One message, or two where functions' results stand beside something else.
void Decoder::add(Message&& message) {
  const auto is_result = [](const chat::Part& part) { return part.as<ToolResult>() != nullptr; };
  auto& parts = message.parts;
  const bool any = std::any_of(parts.begin(), parts.end(), is_result);
  const bool all = any && std::all_of(parts.begin(), parts.end(), is_result);
  if (message.role == Role::tool && !any) message.role = Role::user;
  if (all) message.role = Role::tool;
  if (!any || all) {
    out_.messages.push_back(std::move(message));
    return;
  }
  Message results{Role::tool, {}, {}, {}};
  for (chat::Part& part : parts) {
    if (is_result(part)) results.parts.push_back(std::move(part));
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_result), parts.end());
  if (message.role == Role::tool) message.role = Role::user;
  out_.messages.push_back(std::move(results));
  out_.messages.push_back(std::move(message));
}

// Gives every call an id, and every result that of the call it answers.
class Matcher {
 public:
  void run(std::vector<Message>& messages) {
    Role before = Role::user;
    for (Message& message : messages) {
      const bool is_new_turn = message.role == Role::assistant && before != Role::assistant;
      if (is_new_turn) calls_.clear();
      before = message.role;
      for (chat::Part& part : message.parts) {
        if (auto* call = part.as<ToolCall>()) add(*call);
        if (auto* result = part.as<ToolResult>()) match(*result);
      }
    }
  }

 private:
  struct Open {
    std::string id;
    std::string name;
    bool answered = false;
  };

  void add(ToolCall& call) {
    if (call.id.empty()) call.id = made_id(ordinal_++);
    calls_.push_back({call.id, call.name});
  }

  void match(ToolResult& result) {
    const auto fits = [&](const Open& open) {
      if (!result.call_id.empty()) return open.id == result.call_id;
      return !open.answered && open.name == result.name;
    };
    const auto found = std::find_if(calls_.begin(), calls_.end(), fits);
    if (found == calls_.end()) {
      if (result.call_id.empty()) result.call_id = made_id(ordinal_++);
      return;
    }
    found->answered = true;
    result.call_id = found->id;
    if (result.name.empty()) result.name = found->name;
  }

  std::vector<Open> calls_;  // of the model's last turn
  std::size_t ordinal_ = 0;
};

base::Result<chat::Request> Decoder::run(std::string model, bool stream) {
  out_.model = std::move(model);
  out_.stream = stream;
  std::string_view name;
  if (reading_.enter()) {
    while (reading_.member(name) && member(std::string(name))) {
    }
  }
  if (!reading_.finish()) return reading_.error();
  if (out_.messages.empty()) {
    return base::fail(Errc::invalid_request, "contents is not specified.", "contents");
  }
  if (!system_.parts.empty() || !system_.extras.empty()) {
    out_.messages.insert(out_.messages.begin(), std::move(system_));
  }
  Matcher().run(out_.messages);
  return std::move(out_);
}

}  // namespace

base::Result<chat::Request> decode_request(std::string_view body, const chat::Source& source,
                                           const chat::Limits& limits) {
  auto model = model_of(source, limits);
  if (!model) return model.error();
  return Decoder(body, limits).run(*std::move(model), source.stream);
}

}  // namespace headgate::llm::gemini
