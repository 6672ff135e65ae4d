// Any body for POST /v1/chat/completions: validation, rules, composition and both wire forms.
#include "lab/engine.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lab/script/script_reader.h"

namespace {

using namespace headgate::lab;

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
  - match: {user_contains: no}
    answer: {refusal: "no {{last_user}}"}
)";

void require(bool condition) {
  if (!condition) std::abort();
}

/// A reply is JSON, and its usage adds up.
void check(const Reply& reply) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 8;  // ours is shallow: content is text
  const auto body = boost::json::parse(reply.body, error, {}, options);
  require(!error);
  if (reply.status != 200) return require(body.as_object().contains("error"));
  const auto& usage = body.at("usage");
  require(usage.at("prompt_tokens").as_int64() + usage.at("completion_tokens").as_int64() ==
          usage.at("total_tokens").as_int64());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Script script = *read_script(kScript, "fuzz.yaml");
  Engine engine(script, {});
  const std::string body(reinterpret_cast<const char*>(data), size);
  const Plan plan = engine.handle({"POST", "/v1/chat/completions", {}, body}, 0);
  require(!plan.empty());
  if (const auto* reply = std::get_if<Reply>(&plan.back())) check(*reply);
  engine.handle({"GET", "/lab/requests", {}, {}}, 0);
  return 0;
}
