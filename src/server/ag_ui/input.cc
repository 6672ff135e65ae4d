#include "server/ag_ui/input.h"

#include <optional>
#include <utility>

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/json/writer.h"

namespace headgate::server {

namespace json = base::json;
using agents::mcp::ObjectView;
using base::Errc;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kIdBytesMax = 200;
constexpr std::string_view kDigest = "sha256:";

base::Error wrong(const std::string& where, const std::string& what) {
  return fail(Errc::invalid_request, "`" + where + "`: " + what, where);
}

/// Calls `each` with every element of an array, which is valid JSON, until it fails.
template <class Each>
Result<void> for_each(std::string_view array, const std::string& name, const Each& each) {
  if (array.empty()) return {};
  json::Cursor cursor(array);
  cursor.enter_array();
  for (int i = 0; cursor.next_element(); ++i) {
    cursor.skip();
    auto done = each(cursor.value_text(), name + "[" + std::to_string(i) + "]");
    if (!done) return done;
  }
  return {};
}

Result<void> write_image(json::Writer& to, ObjectView& part, const std::string& where) {
  ObjectView source(part.object("source"));
  const std::string type = source.string("type").value_or("");
  std::string url = source.string("value").value_or("");
  if (type == "data") {
    url = "data:" + source.string("mimeType").value_or("") + ";base64," + url;
  } else if (type != "url") {
    return wrong(where + ".source", "an image has a source of type data or url");
  }
  to.member("type", "image_url");
  to.object("image_url");
  to.member("url", url);
  to.end_object();
  return {};
}

Result<void> write_part(json::Writer& to, std::string_view text, const std::string& where) {
  ObjectView part(text);
  const std::string type = part.string("type").value_or("");
  to.begin_object();
  if (type == "text") {
    to.member("type", "text");
    to.member("text", part.string("text").value_or(""));
  } else if (type == "image") {
    if (auto written = write_image(to, part, where); !written) return written;
  } else {
    return wrong(where + ".type", "text and image can be given to an agent, not `" + type + "`");
  }
  to.end_object();
  return {};
}

Result<void> write_user(json::Writer& to, ObjectView& message, const std::string& where) {
  to.begin_object();
  to.member("role", "user");
  const std::string content = where + ".content";
  if (const auto text = message.string("content")) {
    to.member("content", *text);
  } else if (const std::string_view parts = message.array("content"); !parts.empty()) {
    to.array("content");
    auto written = for_each(parts, content, [&](std::string_view part, const std::string& at) {
      return write_part(to, part, at);
    });
    if (!written) return written;
    to.end_array();
  } else {
    return wrong(content, "a user says a string, or an array of parts");
  }
  to.end_object();
  return {};
}

// What tools said and what was thought is in the agent's own journal, where it was.
Result<void> write_message(json::Writer& to, std::string_view text, const std::string& where) {
  ObjectView message(text);
  const std::string role = message.string("role").value_or("");
  if (role == "user") return write_user(to, message, where);
  if (role == "assistant") {
    const std::string said = message.string("content").value_or("");
    if (said.empty()) return {};
    to.begin_object();
    to.member("role", "assistant");
    to.member("content", said);
    to.end_object();
    return {};
  }
  if (role == "tool" || role == "reasoning" || role == "activity") return {};
  return wrong(where + ".role", "a client cannot speak as `" + role + "`");
}

Result<void> write_context(json::Writer& to, std::string_view text, const std::string& where) {
  ObjectView entry(text);
  const auto value = entry.string("value");
  if (!value) return wrong(where + ".value", "a string was expected");
  to.begin_object();
  to.member("role", "user");
  to.member("content", entry.string("description").value_or("Context") + ": " + *value);
  to.end_object();
  return {};
}

Result<std::string> messages_of(ObjectView& input) {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  auto written = for_each(input.array("context"), "context",
                          [&](std::string_view entry, const std::string& where) {
                            return write_context(writer, entry, where);
                          });
  if (!written) return written.error();
  const std::size_t context_only = out.size();
  written = for_each(input.array("messages"), "messages",
                     [&](std::string_view message, const std::string& where) {
                       return write_message(writer, message, where);
                     });
  if (!written) return written.error();
  if (out.size() == context_only) return wrong("messages", "nobody has said anything");
  writer.end_array();
  return out;
}

std::string decision_body(ObjectView& entry, std::string_view digest) {
  ObjectView payload(entry.object("payload"));
  const bool resolved = entry.string("status").value_or("resolved") == "resolved";
  const bool approved = resolved && payload.boolean("approved").value_or(false);
  const std::string_view edited = approved ? payload.object("editedArgs") : std::string_view{};
  std::string reason = payload.string("reason").value_or("");
  if (!resolved) reason = "cancelled";
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("decision", !approved ? "deny" : edited.empty() ? "approve" : "edit");
  writer.member("digest", digest);
  if (!reason.empty()) writer.member("reason", reason);
  if (!edited.empty()) writer.member_raw("arguments", edited);
  writer.end_object();
  return out;
}

Result<void> add_answer(AgUiInput& out, std::string_view text, const std::string& where) {
  ObjectView entry(text);
  const std::string id = entry.string("interruptId").value_or("");
  const std::size_t first = id.find(':');
  const std::size_t second = id.find(':', first + 1);
  const bool is_ours = first != std::string::npos && second != std::string::npos &&
                       std::string_view(id).substr(second + 1).starts_with(kDigest);
  if (!is_ours) return wrong(where + ".interruptId", "not the id of an interrupt of this server");
  AgUiAnswer answer;
  answer.run_id = id.substr(0, first);
  answer.call_id = id.substr(first + 1, second - first - 1);
  answer.body = decision_body(entry, std::string_view(id).substr(second + 1));
  if (!out.answers.empty() && out.answers.front().run_id != answer.run_id) {
    return wrong(where + ".interruptId", "of another run than the ones before it");
  }
  out.answers.push_back(std::move(answer));
  return {};
}

Result<std::string> id_of(ObjectView& input, const char* name) {
  auto id = input.string(name);
  if (!id || id->empty() || id->size() > kIdBytesMax) {
    return wrong(name, "a string of 1 to 200 bytes was expected");
  }
  return std::move(*id);
}

}  // namespace

Result<AgUiInput> read_ag_ui(std::string_view body) {
  if (!json::valid(body)) return fail(Errc::invalid_json, "The body is not JSON.");
  ObjectView input(body);
  AgUiInput out;
  auto thread = id_of(input, "threadId");
  if (!thread) return thread.error();
  auto run = id_of(input, "runId");
  if (!run) return run.error();
  out.thread_id = std::move(*thread);
  out.run_id = std::move(*run);
  const std::string_view tools = input.array("tools");
  json::Cursor cursor(tools);
  if (!tools.empty() && cursor.enter_array() && cursor.next_element()) {
    return wrong("tools", "agents here use their own tools, none of the client's");
  }
  auto answered = for_each(
      input.array("resume"), "resume",
      [&](std::string_view entry, const std::string& at) { return add_answer(out, entry, at); });
  if (!answered) return answered.error();
  if (!out.answers.empty()) return out;
  auto messages = messages_of(input);
  if (!messages) return messages.error();
  out.messages = std::move(*messages);
  return out;
}

std::string interrupt_id(std::string_view run_id, std::string_view call_id,
                         std::string_view digest) {
  std::string out(run_id);
  out.append(":").append(call_id).append(":").append(digest);
  return out;
}

}  // namespace headgate::server
