// Any request to OpenAI's newer endpoints: its first line is "METHOD /path?query", the rest its
// body; without such a line it is a body for POST /v1/responses. What is answered is well-formed
// and adds up, and a stored response can be read, listed and continued. (engine_fuzz has the other
// families.)
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lab/engine.h"
#include "lab/script/script_reader.h"

namespace {

using namespace headgate::lab;
namespace json = boost::json;

constexpr std::string_view kScript = R"(
models: ["*"]
captures: {order: "ORD-{digits}"}
rules:
  - match: {last_role: tool}
    answer: "Found {{order}}."
  - match: {user_contains: tool}
    answer: {text: hm, tool_calls: [{name: f, arguments: {order: "{{order}}"}}]}
  - match: {user_contains: json}
    answer: {json: {a: ["{{last_user}}"]}, reasoning_tokens: 9}
  - match: {user_contains: think}
    answer: {text: so, reasoning: "about {{last_user}}"}
  - match: {user_contains: no}
    answer: {refusal: "no {{last_user}}"}
)";

void require(bool condition) {
  if (!condition) std::abort();
}

json::value parsed(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 256;  // what a response repeats of its request may be deep
  auto value = json::parse(text, error, {}, options);
  require(!error);
  return value;
}

LabRequest request_of(std::string_view input) {
  LabRequest request{"POST", "/v1/responses", {}, std::string(input)};
  const auto end = input.find('\n');
  const auto line = input.substr(0, end);
  const auto blank = line.find(' ');
  if (end == input.npos || blank == line.npos || !line.substr(blank + 1).starts_with('/')) {
    return request;
  }
  const auto target = line.substr(blank + 1);
  const auto question = std::min(target.find('?'), target.size());
  request.method = line.substr(0, blank);
  request.path = target.substr(0, question);
  request.query = target.substr(std::min(question + 1, target.size()));
  request.body = input.substr(end + 1);
  return request;
}

/// A member of an object; null when it has none.
const json::value* member(const json::value& value, std::string_view key) {
  const auto* object = value.if_object();
  return object ? object->if_contains(key) : nullptr;
}

void check_usage(const json::value& body) {
  const auto* usage = member(body, "usage");
  if (usage == nullptr || !member(*usage, "total_tokens")) return;
  std::int64_t sum = 0;
  for (const char* key : {"prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"}) {
    if (const auto* count = member(*usage, key)) sum += count->as_int64();
  }
  require(sum == usage->at("total_tokens").as_int64());
}

/// The events of a stream of the Responses API are numbered, and the last is one that ends it.
void check_events(std::string_view bytes) {
  std::int64_t number = 0;
  json::value last;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto end = bytes.find("\n\n", at);
    const auto data = bytes.find("\ndata: ", at);
    require(end != bytes.npos && data < end);
    last = parsed(bytes.substr(data + 7, end - data - 7));
    require(last.at("sequence_number").as_int64() == number++);
    at = end + 2;
  }
  const auto& type = last.at("type").as_string();
  require(type == "response.completed" || type == "response.incomplete");
  check_usage(last.at("response"));
}

Plan post(Engine& engine, const json::object& body) {
  return engine.handle({"POST", "/v1/responses", {}, json::serialize(body)}, 0);
}

bool is_served(const Plan& plan) {
  const auto* reply = std::get_if<Reply>(&plan.back());
  return reply != nullptr && reply->status == 200;
}

/// What the lab gives out it takes back: by reference, and as it came.
void check_continued(Engine& engine, const json::value& body) {
  const auto* id = member(body, "id");
  if (id == nullptr || !member(body, "store") || body.at("store") != json::value(true)) return;
  const std::string path = "/v1/responses/" + std::string(id->as_string());
  require(is_served(engine.handle({"GET", path, {}, {}}, 0)));
  require(is_served(engine.handle({"GET", path + "/input_items", {}, {}, "limit=3"}, 0)));
  json::array results{{{"role", "user"}, {"content", "go on"}}};
  for (const auto& item : body.at("output").as_array()) {
    const auto* call = member(item, "call_id");
    if (call == nullptr) continue;
    results.push_back({{"type", item.at("type") == "function_call" ? "function_call_output"
                                                                   : "custom_tool_call_output"},
                       {"call_id", *call},
                       {"output", "done"}});
  }
  require(
      is_served(post(engine, {{"model", "m"}, {"previous_response_id", *id}, {"input", results}})));
  json::array whole = body.at("output").as_array();
  whole.insert(whole.end(), results.begin(), results.end());
  require(is_served(post(engine, {{"model", "m"}, {"input", whole}})));
  require(is_served(engine.handle({"DELETE", path, {}, {}}, 0)));
}

bool is_openai(std::string_view path) {
  return path == "/v1/responses" || path.starts_with("/v1/responses/") ||
         path == "/v1/embeddings" || path == "/v1/moderations" || path == "/v1/chat/completions";
}

void check(Engine& engine, const LabRequest& request, const Plan& plan) {
  std::string written;
  for (const auto& action : plan) {
    if (const auto* write = std::get_if<Write>(&action)) written += write->bytes;
  }
  const bool responds = request.method == "POST" && request.path == "/v1/responses";
  if (responds && !written.empty()) check_events(written);
  const auto* reply = std::get_if<Reply>(&plan.back());
  if (reply == nullptr) return;
  const json::value body = parsed(reply->body);
  if (reply->status != 200) return require(member(body, "error") != nullptr);
  check_usage(body);
  if (responds && body.at("status") != json::value("queued")) check_continued(engine, body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Script script = *read_script(kScript, "fuzz.yaml");
  Engine engine(script, {});
  const LabRequest request = request_of({reinterpret_cast<const char*>(data), size});
  const Plan plan = engine.handle(request, 0);
  require(!plan.empty());
  if (is_openai(request.path)) check(engine, request, plan);
  engine.handle({"GET", "/lab/requests", {}, {}}, 0);
  return 0;
}
