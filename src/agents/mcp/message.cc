#include "agents/mcp/message.h"

#include <utility>

#include "agents/mcp/object_view.h"
#include "base/json/cursor.h"
#include "base/json/members.h"
#include "base/json/writer.h"

namespace headgate::agents::mcp {

namespace json = base::json;

namespace {

constexpr std::size_t kMethodBytesMax = 256;

RpcError invalid(std::string what) {
  return {RpcCode::invalid_request, "Invalid request: " + std::move(what), {}, 400};
}

// A number that has a fraction or an exponent, or that does not fit, is none.
bool is_id(const json::Member& member) {
  if (member.raw.size() > kIdBytesMax) return false;
  if (member.kind == json::Kind::string) return true;
  if (member.kind != json::Kind::number) return false;
  json::Cursor cursor(member.raw);
  std::int64_t value = 0;
  return cursor.integer(value);
}

bool is_object(const json::Member* member) {
  return member != nullptr && member->kind == json::Kind::object;
}

bool is_null(const json::Members& members, std::string_view name) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members.at(i).name == name) return members.at(i).kind == json::Kind::null;
  }
  return false;
}

std::optional<RpcError> read_call(ObjectView& view, Message& out) {
  auto& members = view.members();
  auto name = members.take_string("method");
  if (!name || name->empty() || name->size() > kMethodBytesMax) {
    return invalid("\"method\" must be a string of 1 to 256 bytes");
  }
  out.method = std::move(*name);
  out.kind = out.id.empty() ? MessageKind::notification : MessageKind::request;
  const json::Member* params = members.take("params");
  if (params == nullptr && !is_null(members, "params")) return std::nullopt;
  if (!is_object(params)) return invalid("\"params\" must be an object");
  out.params = params->raw;
  return std::nullopt;
}

std::optional<RpcError> read_answer(ObjectView& view, Message& out) {
  auto& members = view.members();
  const json::Member* result = members.take("result");
  const json::Member* error = members.take("error");
  if (is_object(error) && result == nullptr) {
    out.kind = MessageKind::error;
    out.error = error->raw;
    return std::nullopt;
  }
  out.kind = MessageKind::result;
  if (out.id.empty()) return invalid("a result needs the \"id\" of its request");
  if (!is_object(result) || error != nullptr) {
    return invalid("a response has either an object \"result\" or an object \"error\"");
  }
  out.result = result->raw;
  return std::nullopt;
}

std::optional<RpcError> read_envelope(ObjectView& view, Message& out) {
  auto& members = view.members();
  if (const auto twice = view.said_twice()) {
    return invalid("the member \"" + std::string(twice->substr(0, 64)) + "\" stands there twice");
  }
  if (members.take_string("jsonrpc") != "2.0") return invalid("\"jsonrpc\" must be \"2.0\"");
  const bool answers = members.take("result") != nullptr || members.take("error") != nullptr;
  if (const json::Member* id = members.take("id")) {
    if (!is_id(*id)) return invalid("\"id\" must be a string of up to 256 bytes or an integer");
    out.id = id->raw;
  } else if (is_null(members, "id") && !answers) {
    return invalid("\"id\" must not be null");
  }
  const bool calls = members.take("method") != nullptr;
  if (calls == answers) return invalid("a message has a \"method\", a \"result\" or an \"error\"");
  return calls ? read_call(view, out) : read_answer(view, out);
}

}  // namespace

MessageRead read_message(std::string_view text, std::size_t depth_max) {
  MessageRead out;
  json::Cursor cursor(text, depth_max);
  const json::Kind kind = cursor.kind();
  cursor.skip();
  if (!cursor.finish()) {
    out.wrong = {RpcCode::parse_error, "Parse error: " + cursor.error().detail, {}, 400};
  } else if (kind == json::Kind::array) {
    out.wrong = invalid("batches are not supported; send one message a request");
  } else if (kind != json::Kind::object) {
    out.wrong = invalid("a message is an object");
  } else {
    ObjectView view(text);
    out.wrong = read_envelope(view, out.message);
  }
  return out;
}

RemoteError read_error(const Message& message) {
  ObjectView view(message.error);
  RemoteError out;
  out.code = view.integer("code").value_or(0);
  out.message = view.string("message").value_or("");
  out.data = view.raw("data");
  return out;
}

namespace {

/// The envelope of one message; closes it at its end.
class Envelope {
 public:
  explicit Envelope(std::string_view id) : writer_(text_) {
    writer_.begin_object();
    writer_.member("jsonrpc", "2.0");
    if (!id.empty()) writer_.member_raw("id", id);
  }
  json::Writer& writer() { return writer_; }
  std::string end() {
    writer_.end_object();
    return std::move(text_);
  }

 private:
  std::string text_;
  json::Writer writer_;
};

}  // namespace

std::string write_request(std::string_view id, std::string_view method, std::string_view params) {
  Envelope out(id);
  out.writer().member("method", method);
  if (!params.empty()) out.writer().member_raw("params", params);
  return out.end();
}

std::string write_notification(std::string_view method, std::string_view params) {
  return write_request({}, method, params);
}

std::string write_result(std::string_view id, std::string_view result) {
  Envelope out(id);
  out.writer().member_raw("result", result);
  return out.end();
}

std::string write_error(std::string_view id, const RpcError& error) {
  Envelope out(id);
  out.writer().object("error");
  out.writer().member("code", static_cast<int>(error.code));
  out.writer().member("message", error.message);
  if (!error.data.empty()) out.writer().member_raw("data", error.data);
  out.writer().end_object();
  return out.end();
}

}  // namespace headgate::agents::mcp
