#include "lab/gemini/contents.h"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <vector>

#include "lab/formats/media.h"
#include "lab/gemini/call_signature.h"
#include "lab/gemini/proto.h"
#include "lab/neutral/tokens.h"

namespace headgate::lab::gemini {
namespace {

namespace json = boost::json;

constexpr std::int64_t kTokensPerContent = 1;

Problem plainly(std::string message) { return ApiError{400, std::move(message)}; }

/// Contents of one side in a row: the API takes them as one, and chats keep a stream that way.
struct Turn {
  bool is_model = false;
  std::size_t index = 0;  // of its first content
  std::string said;       // by lines, without thoughts
  std::string returned;   // by functions
  std::vector<const json::object*> calls;
  std::string first_call_signature;
  std::size_t responses = 0;
  bool has_standard = false;  // something that is no function response
};

void add_line(std::string& text, std::string_view line) {
  if (!text.empty() && !line.empty()) text += '\n';
  text += line;
}

bool is_media_type(std::string_view type) {
  for (const std::string_view prefix : {"audio/", "video/", "text/"}) {
    if (type.starts_with(prefix)) return true;
  }
  for (const std::string_view known :
       {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif",
        "application/pdf", "application/json", "application/xml", "application/x-javascript",
        "application/x-python"}) {
    if (type == known) return true;
  }
  return false;
}

class ContentsReader {
 public:
  ContentsReader(const RecentSet& signed_calls, std::string_view request_type, Prompt& out)
      : signed_calls_(signed_calls), request_type_(request_type), out_(out) {}

  Problem read(const std::vector<const json::value*>& contents) {
    if (contents.empty()) {
      return invalid(fmt::format("{}.contents", request_type_), "contents is not specified");
    }
    for (index_ = 0; index_ < contents.size(); ++index_) {
      if (auto problem = read_one(contents[index_]->get_object())) return problem;
    }
    if (auto problem = check_order()) return problem;
    if (auto problem = check_signatures()) return problem;
    for (const auto& turn : turns_) give(turn);
    return std::nullopt;
  }

 private:
  std::string path(std::string_view rest = {}) const {
    return fmt::format("{}.contents[{}]{}", request_type_, index_, rest);
  }

  Problem read_one(const json::object& content) {
    const std::string role = text_in(content, "role");
    if (!role.empty() && role != "user" && role != "model" && role != "function") {
      return plainly("Please use a valid role: user, model.");
    }
    const bool is_model = role == "model";
    if (turns_.empty() || turns_.back().is_model != is_model) {
      turns_.emplace_back();
      turns_.back().is_model = is_model;
      turns_.back().index = index_;
    }
    const auto parts = items_in(content, "parts");
    if (parts.empty()) return invalid(path(".parts"), "contents.parts must not be empty.");
    out_.tokens += kTokensPerContent;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (auto problem = read_part(parts[i]->get_object(), i)) return problem;
    }
    return std::nullopt;
  }

  Problem read_part(const json::object& part, std::size_t index) {
    Turn& turn = turns_.back();
    const auto* response = object_in(part, "function_response");
    turn.has_standard = turn.has_standard || response == nullptr;
    if (const auto* call = object_in(part, "function_call")) return read_call(part, *call);
    if (response) return read_response(*response, index);
    if (auto problem = check_signature(part, kSignedText)) return problem;
    if (const auto* data = object_in(part, "inline_data")) return read_data(*data);
    if (const auto* file = object_in(part, "file_data")) return read_file(*file, index);
    if (field(part, "text")) {
      const std::string text = text_in(part, "text");
      out_.tokens += count_tokens(text);
      if (flag_in(part, "thought")) return std::nullopt;
      if (turn.is_model) {
        turn.said += text;  // of a stream, perhaps
      } else {
        add_line(turn.said, text);
      }
      return std::nullopt;
    }
    for (const std::string_view other :
         {"executable_code", "code_execution_result", "tool_call", "tool_response"}) {
      if (field(part, other)) return std::nullopt;  // of tools that run at the provider's
    }
    return invalid(path(fmt::format(".parts[{}].data", index)),
                   "required oneof field 'data' must have one initialized field");
  }

  static Problem check_signature(const json::object& part, std::string_view signed_part) {
    const std::string signature = text_in(part, "thought_signature");
    if (signature.empty() || is_good_signature(signature, signed_part)) return std::nullopt;
    return plainly("Corrupted thought signature.");
  }

  Problem read_call(const json::object& part, const json::object& call) {
    Turn& turn = turns_.back();
    if (!turn.is_model) {
      return plainly(
          "Please ensure that function call turn comes immediately after a user turn or after a "
          "function response turn.");
    }
    if (auto problem = check_signature(part, key_of(call))) return problem;
    if (turn.calls.empty()) turn.first_call_signature = text_in(part, "thought_signature");
    turn.calls.push_back(&call);
    out_.tokens += count_tokens(text_in(call, "name"));
    if (const auto* args = field(call, "args")) out_.tokens += count_tokens(json::serialize(*args));
    return std::nullopt;
  }

  Problem read_response(const json::object& response, std::size_t index) {
    Turn& turn = turns_.back();
    ++turn.responses;
    if (text_in(response, "name").empty()) {
      return invalid(path(fmt::format(".parts[{}].function_response.name", index)),
                     "Name cannot be empty.");
    }
    const auto* value = field(response, "response");
    const std::string text = value ? json::serialize(*value) : std::string();
    out_.tokens += count_tokens(text_in(response, "name")) + count_tokens(text);
    add_line(turn.returned, text);
    return std::nullopt;
  }

  Problem read_data(const json::object& data) {
    const std::string type = text_in(data, "mime_type");
    if (!is_media_type(type)) return plainly(fmt::format("Unsupported MIME type: {}", type));
    const auto found = sniffed_type(text_in(data, "data"));
    const bool known =
        type == "image/png" || type == "image/jpeg" || type == "image/gif" || type == "image/webp";
    if (known && found != type) return plainly("Provided image is not valid.");
    if (type == "application/pdf" && found != type) return plainly("The document has no pages.");
    out_.tokens += kMediaTokens;
    return std::nullopt;
  }

  Problem read_file(const json::object& file, std::size_t index) {
    out_.tokens += kMediaTokens;
    if (!text_in(file, "file_uri").empty()) return std::nullopt;
    return invalid(path(fmt::format(".parts[{}].file_data.file_uri", index)),
                   "file_uri must be specified");
  }

  static std::string key_of(const json::object& call) {
    const auto* args = field(call, "args");
    return signed_call(text_in(call, "name"), args ? *args : json::value(json::object()));
  }

  Problem check_order() const {
    for (std::size_t i = 0; i < turns_.size(); ++i) {
      const Turn* before = i == 0 ? nullptr : &turns_[i - 1];
      const Turn& turn = turns_[i];
      if (!turn.calls.empty() && before == nullptr) {
        return plainly(
            "Please ensure that function call turn comes immediately after a user turn or after a "
            "function response turn.");
      }
      const std::size_t asked = before ? before->calls.size() : 0;
      if (turn.responses > 0 && asked == 0) {
        return plainly(
            "Please ensure that function response turn comes immediately after a function call "
            "turn.");
      }
      if (turn.responses != asked) return wrong_number();
    }
    return turns_.back().calls.empty() ? std::nullopt : wrong_number();
  }

  static Problem wrong_number() {
    return plainly(
        "Please ensure that the number of function response parts is equal to the number of "
        "function call parts of the function call turn.");
  }

  /// Each step since the user last said something brings the signature of its first call, where
  /// the lab gave one.
  Problem check_signatures() const {
    for (std::size_t i = turns_.size(); i-- > 0;) {
      const Turn& turn = turns_[i];
      if (!turn.is_model && turn.has_standard) break;
      if (turn.calls.empty() || !turn.first_call_signature.empty()) continue;
      if (!signed_calls_.contains(key_of(*turn.calls.front()))) continue;
      return plainly(fmt::format(
          "Function call is missing a thought_signature in functionCall parts. This is required "
          "for tools to work correctly, and missing thought_signature may lead to degraded model "
          "performance. Additional data, function call `default_api:{}` , position {}. Please "
          "refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.",
          text_in(*turn.calls.front(), "name"), turn.index + 1));
    }
    return std::nullopt;
  }

  void give(const Turn& turn) {
    if (turn.responses > 0) add(Role::tool, turn.returned);
    if (turn.is_model) return add(Role::assistant, turn.said);
    if (turn.has_standard) add(Role::user, turn.said);
  }

  void add(Role role, const std::string& text) {
    out_.messages.push_back({role, text});
    out_.cache_text += fmt::format("\n<{}>{}", role_name(role), text);
  }

  const RecentSet& signed_calls_;
  const std::string_view request_type_;
  Prompt& out_;
  std::size_t index_ = 0;
  std::vector<Turn> turns_;
};

}  // namespace

Problem invalid(std::string_view path, std::string_view says) {
  return ApiError{400, fmt::format("* {}: {}\n", path, says)};
}

std::string text_of(const json::object& content) {
  std::string text;
  for (const auto* part : items_in(content, "parts")) {
    add_line(text, text_in(part->get_object(), "text"));
  }
  return text;
}

Problem read_system(const json::object& request, Prompt& out) {
  const auto* content = object_in(request, "system_instruction");
  if (content == nullptr) return std::nullopt;
  if (items_in(*content, "parts").empty()) {
    return invalid("GenerateContentRequest.system_instruction.parts",
                   "contents.parts must not be empty.");
  }
  const std::string text = text_of(*content);
  out.tokens += kTokensPerContent + count_tokens(text);
  out.cache_text += "\n<system>" + text;
  out.messages.push_back({Role::system, text});
  return std::nullopt;
}

Problem read_contents(const json::object& request, std::string_view request_type,
                      const RecentSet& signed_calls, Prompt& out) {
  return ContentsReader(signed_calls, request_type, out).read(items_in(request, "contents"));
}

}  // namespace headgate::lab::gemini
