#include "agents/http_tools/answer.h"

#include "agents/tools/content.h"
#include "base/json/cursor.h"
#include "base/text/strings.h"
#include "base/text/utf8.h"

namespace headgate::agents {

namespace {

constexpr std::string_view kPassing = R"({"passing":true})";  // a mark of ours, in `meta`
constexpr std::size_t kRefusalBytesMax = 4096;

bool is_json_type(std::string_view content_type) {
  const std::string type =
      base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || type.ends_with("+json");
}

// What stands between us and the service says these when it does not know what the service did.
bool is_of_a_gateway(int status) { return status == 502 || status == 504; }

bool may_pass(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

CallOutcome failed(int status, std::string_view body) {
  CallOutcome out;
  const std::string shown(base::utf8_prefix(body, kRefusalBytesMax));
  out.result =
      text_result("HTTP " + std::to_string(status) + (shown.empty() ? "" : ": " + shown), true);
  if (may_pass(status)) out.result.meta = kPassing;
  if (is_of_a_gateway(status)) {
    out.kind = CallOutcome::Kind::unknown;
    out.why = "a gateway answered " + std::to_string(status) + " in place of the service";
  }
  return out;
}

}  // namespace

CallOutcome read_answer(const PinnedTool& tool, int status, std::string_view content_type,
                        std::string_view body) {
  if (status < 200 || status >= 300) return failed(status, body);
  CallOutcome out;
  const bool is_json = is_json_type(content_type) && base::json::valid(body);
  if (is_json) out.result.structured = std::string(body);
  const std::string wrong = tool.config.output.empty() ? std::string()
                            : is_json                  ? tool.tool->check_result(body)
                                                       : "the answer is not JSON";
  if (!wrong.empty()) {
    out.result = text_result("The tool answered, but not as it should: " + wrong, true);
    return out;
  }
  const std::string text =
      body.empty() ? "done (HTTP " + std::to_string(status) + ")" : std::string(body);
  out.result.content = text_result(text).content;
  return out;
}

CallOutcome too_large_answer(int status, std::size_t bytes_max) {
  CallOutcome out;
  out.result = text_result("The tool answered (HTTP " + std::to_string(status) +
                               ") with more than " + std::to_string(bytes_max) + " bytes.",
                           true);
  return out;
}

bool is_passing_failure(const CallOutcome& outcome) { return outcome.result.meta == kPassing; }

}  // namespace headgate::agents
