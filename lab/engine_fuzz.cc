// Any body for any endpoint of any family: validation, rules, composition and both wire forms. A
// first character that is no '{' chooses the endpoint; without one it is chat completions.
#include "lab/engine.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "lab/script/script_reader.h"

namespace {

using namespace headgate::lab;
namespace json = boost::json;

constexpr std::string_view kScript = R"(
models: ["*"]
captures: {order: "ORD-{digits}"}
rules:
  - match: {last_role: tool}
    answer: {text: "Found {{order}}.", reasoning: "Let me see."}
  - match: {user_contains: tool}
    answer: {text: hm, reasoning: "A tool.", tool_calls: [{name: f, arguments: {o: "{{order}}"}}]}
  - match: {user_contains: json}
    answer: {json: {a: ["{{last_user}}"]}, reasoning_tokens: 9}
  - match: {user_contains: no}
    answer: {refusal: "no {{last_user}}"}
  - match: {user_contains: hush}
    answer: {text: hush, reasoning: hush, reasoning_redacted: true}
)";

struct Target {
  std::string_view path;
  std::string_view query;
  std::string_view version;  // of Anthropic's API
};

constexpr Target kTargets[] = {
    {"/v1/chat/completions", "", ""},
    {"/v1/messages", "", "2023-06-01"},
    {"/v1/messages", "", "2026-10-21"},
    {"/v1/messages/count_tokens", "", "2026-10-21"},
    {"/v1beta/models/m:generateContent", "", ""},
    {"/v1beta/models/m:streamGenerateContent", "", ""},
    {"/v1/models/m:streamGenerateContent", "alt=sse", ""},
    {"/v1beta/models/m:countTokens", "", ""},
    {"/v1/models/m:embedContent", "", ""},
    {"/v1/models/m:batchEmbedContents", "", ""},
};

void require(bool condition) {
  if (!condition) std::abort();
}

std::int64_t count(const json::object& usage, std::string_view key) {
  const auto* value = usage.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : 0;
}

/// Usage adds up, in whichever dialect.
void check_usage(const json::object& body) {
  if (const auto* usage = body.if_contains("usageMetadata")) {
    const auto& gemini = usage->as_object();
    require(count(gemini, "promptTokenCount") + count(gemini, "candidatesTokenCount") +
                count(gemini, "thoughtsTokenCount") ==
            count(gemini, "totalTokenCount"));
    require(count(gemini, "cachedContentTokenCount") <= count(gemini, "promptTokenCount"));
  }
  const auto* usage = body.if_contains("usage");
  if (usage == nullptr || usage->is_null()) return;
  const auto& counts = usage->as_object();
  if (counts.contains("total_tokens")) {
    require(count(counts, "prompt_tokens") + count(counts, "completion_tokens") ==
            count(counts, "total_tokens"));
  }
  if (const auto* created = counts.if_contains("cache_creation")) {
    require(count(counts, "input_tokens") >= 0);
    require(count(created->as_object(), "ephemeral_5m_input_tokens") +
                count(created->as_object(), "ephemeral_1h_input_tokens") ==
            count(counts, "cache_creation_input_tokens"));
  }
}

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 64;  // ours is shallow: content is text, arguments are made up
  auto value = json::parse(text, error, {}, options);
  require(!error);
  return value;
}

void check(const Reply& reply) {
  const json::value body = parsed(reply.body);
  const json::value& first = body.is_array() ? body.get_array().at(0) : body;
  if (reply.status != 200) return require(first.as_object().contains("error"));
  check_usage(first.as_object());
}

/// Every "data: …" of a stream of events is JSON, up to "[DONE]".
void check_events(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    require(end != bytes.npos);
    auto line = bytes.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    bytes.remove_prefix(end + 1);
    if (!line.starts_with("data: ") || line == "data: [DONE]") continue;
    check_usage(parsed(line.substr(6)).as_object());
  }
}

void check(const Plan& plan) {
  require(!plan.empty());
  if (const auto* reply = std::get_if<Reply>(&plan.back())) return check(*reply);
  std::string bytes;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) bytes += write->bytes;
  }
  if (!bytes.starts_with('[')) return check_events(bytes);
  const json::value list = parsed(bytes);
  for (const auto& item : list.as_array()) check_usage(item.as_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Script script = *read_script(kScript, "fuzz.yaml");
  Engine engine(script, {});
  std::string_view body(reinterpret_cast<const char*>(data), size);
  std::size_t choice = 0;
  if (!body.empty() && body.front() != '{') {
    choice = static_cast<unsigned char>(body.front()) % std::size(kTargets);
    body.remove_prefix(1);
  }
  const Target& target = kTargets[choice];
  LabRequest request{
      "POST", std::string(target.path), {}, std::string(body), std::string(target.query)};
  if (!target.version.empty()) {
    request.headers.emplace_back("anthropic-version", target.version);
  }
  check(engine.handle(request, 0));
  engine.handle({"GET", "/lab/requests", {}, {}}, 0);
  return 0;
}
