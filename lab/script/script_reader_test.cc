#include "lab/script/script_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::lab {
namespace {

using testing::HasSubstr;

std::string problems_of(std::string_view yaml) {
  const auto script = read_script(yaml, "lab.yaml");
  return script ? "" : script.error().detail;
}

TEST(ScriptReader, ReadsEveryKey) {
  const auto script = read_script(R"(
models: [gpt-4o, {id: "team-*", owned_by: us, created: 5}]
keys: ["env:LAB_KEY"]
captures: {order: "ORD-{digits}"}
delay: {head_ms: 1, first_token_ms: {p50: 20, p95: 60}, per_token_ms: 0.5, tokens_per_chunk: 4}
prompt_cache: false
obfuscation: true
rules:
  - name: thinker
    match: {dialect: [anthropic, gemini], endpoint: generate}
    answer:
      text: hm
      reasoning: "About {{last_user}}"
      reasoning_redacted: true
      finish_reason: context_window
      usage: {cache_write_tokens: 9, cache_write_long_tokens: 4}
  - name: busy
    match: {share: 0.25, model: ["gpt-*"], stream: true, every: 3, header: {x-a: b}}
    fault: {kind: status, status: 429, retry_after: "2", retry_after_ms: 50, should_retry: false}
  - match: {user_contains: [refund, Erstattung], captured: order, turn: 1, nth: [1, 2]}
    answer:
      tool_calls: [{name: get_order, arguments: {id: "{{order}}", full: true}}]
      usage: {cached_share: 0.5}
      reasoning_tokens: 7
  - answer: "You said {{last_user}}"
)",
                                  "lab.yaml");
  ASSERT_TRUE(script.has_value()) << script.error().detail;
  EXPECT_EQ(script->models[1].id, "team-*");
  EXPECT_EQ(script->keys.at(0).text(), "env:LAB_KEY");
  EXPECT_EQ(script->delay.first_token.p95_ms, 60);
  EXPECT_EQ(script->delay.per_token.p95_ms, 0.5);
  EXPECT_EQ(script->delay.tokens_per_chunk, 4);
  EXPECT_FALSE(script->prompt_cache);
  EXPECT_TRUE(script->obfuscation);
  ASSERT_EQ(script->rules.size(), 4U);
  const auto& thinker = script->rules[0];
  EXPECT_EQ(thinker.match.dialect, (std::vector<std::string>{"anthropic", "gemini"}));
  EXPECT_EQ(thinker.match.endpoint, std::vector<std::string>{"generate"});
  EXPECT_EQ(thinker.answer->reasoning, "About {{last_user}}");
  EXPECT_TRUE(thinker.answer->reasoning_redacted);
  EXPECT_EQ(thinker.answer->finish, FinishReason::context_window);
  EXPECT_EQ(thinker.answer->cache_write_tokens, 9);
  EXPECT_EQ(thinker.answer->cache_write_long_tokens, 4);
  EXPECT_EQ(script->rules[1].match.share, 0.25);
  EXPECT_EQ(script->rules[1].fault->retry_after_ms, 50);
  EXPECT_EQ(script->rules[1].fault->should_retry, false);
  EXPECT_EQ(script->rules[2].match.nth, (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(script->rules[2].answer->tool_calls[0].arguments.at("full").as_bool());
  EXPECT_EQ(script->rules[2].answer->cached_share, 0.5);
  EXPECT_EQ(script->rules[3].answer->texts.at(0), "You said {{last_user}}");
}

TEST(ScriptReader, TakesAnEmptyScript) {
  const auto script = read_script("", "lab.yaml");
  ASSERT_TRUE(script.has_value());
  EXPECT_EQ(script->models.size(), 7U);
}

TEST(ScriptReader, ReportsEverythingAtOnceInOrder) {
  const std::string text = problems_of(R"(modles: [a]
rules:
  - match: {shared: 0.5, share: 2}
    answer: {text: "{{ordr}}", json: {}}
  - fault: {kind: cutt}
  - match: {}
)");
  EXPECT_THAT(text, HasSubstr("lab.yaml:1:1: modles: is no key of the lab's script; did you mean "
                              "\"models\"?"));
  EXPECT_THAT(text, HasSubstr("lab.yaml:3:13:"));
  EXPECT_THAT(text, HasSubstr("did you mean \"share\"?"));
  EXPECT_THAT(text, HasSubstr("must be a number from 0 to 1"));
  EXPECT_THAT(text, HasSubstr("'ordr' is captured nowhere"));
  EXPECT_THAT(text, HasSubstr("more than one of"));
  EXPECT_THAT(text, HasSubstr("there is no fault 'cutt'; did you mean \"cut\"?"));
  EXPECT_THAT(text, HasSubstr("needs an 'answer', a 'fault' or a 'delay'"));
  EXPECT_LT(text.find(":1:1:"), text.find(":3:"));
  EXPECT_LT(text.find(":4:"), text.find(":5:"));
}

TEST(ScriptReader, RefusesWhatCannotBeMeant) {
  EXPECT_THAT(problems_of("rules: 3"), HasSubstr("must be a list"));
  EXPECT_THAT(problems_of("rules: [{fault: {kind: reset, status: 500}}]"),
              HasSubstr("is not for kind: reset, but for: status html error_event"));
  EXPECT_THAT(problems_of("rules: [{fault: {status: 500}}]"), HasSubstr("needs a 'kind'"));
  EXPECT_THAT(problems_of("rules: [{fault: {kind: huge_body}}]"), HasSubstr("needs 'bytes'"));
  EXPECT_THAT(problems_of("rules: [{match: {dialect: claude}, answer: x}]"),
              HasSubstr("cannot be 'claude'"));
  EXPECT_THAT(problems_of("rules: [{answer: {text: x, finish_reason: stopped}}]"),
              HasSubstr("did you mean \"stop\"?"));
  EXPECT_THAT(problems_of("rules: [{answer: {text: x, usage: {cache_write_long_tokens: 1}}}]"),
              HasSubstr("give both"));
  EXPECT_THAT(problems_of("rules: [{fault: {kind: cut, status: 500}}]"),
              HasSubstr("status html error_event"));
  EXPECT_THAT(problems_of("rules: [{answer: {}}]"), HasSubstr("needs 'text'"));
  EXPECT_THAT(problems_of("delay: {first_token_ms: {p50: 9, p95: 1}}"), HasSubstr("p50 <= p95"));
  EXPECT_THAT(problems_of("captures: {a: \"{digit}\"}"), HasSubstr("{digits}"));
  EXPECT_THAT(problems_of("prompt_cache: yes"), HasSubstr("true or false"));
  EXPECT_THAT(problems_of("rules: [}"), HasSubstr("lab.yaml:1:9"));
}

TEST(ScriptReader, NeverRepeatsAKey) {
  const std::string text = problems_of("keys: [sk-very-secret]");
  EXPECT_THAT(text, HasSubstr("lab.yaml:1:8"));
  EXPECT_THAT(text, testing::Not(HasSubstr("very-secret")));
}

}  // namespace
}  // namespace headgate::lab
