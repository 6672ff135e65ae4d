#include "gateway/signature_vault.h"

#include <gtest/gtest.h>

namespace headgate::gateway {
namespace {

namespace chat = llm::chat;
using chat::Dialect;

const base::MonoTime kNow{base::seconds(100)};

chat::Part call(std::string id, chat::Signature signature = {}) {
  return {chat::ToolCall{std::move(id), "f", "{}", false, std::move(signature)}, {}, {}};
}
chat::Part thought(std::string text, chat::Signature signature = {}) {
  return {chat::Reasoning{std::move(text), false, false, {}, std::move(signature)}, {}, {}};
}
chat::Answer answer(std::vector<chat::Part> parts) {
  chat::Answer out;
  out.candidates.push_back({std::move(parts), chat::StopReason::tool_calls, {}, {}, {}, {}});
  return out;
}
chat::Request request(std::vector<chat::Part> parts) {
  chat::Request out;
  out.messages.push_back({chat::Role::assistant, std::move(parts), {}, {}});
  return out;
}

TEST(SignatureVault, gives_back_what_the_caller_dropped) {
  SignatureVault vault;
  vault.keep("t", answer({thought("hm", {Dialect::anthropic, "sig"}), call("c1"), call("c2")}),
             kNow);
  auto dropped = request({thought("hm"), chat::text_part("x"), call("c2")});
  vault.restore("t", Dialect::anthropic, dropped, kNow);
  ASSERT_EQ(dropped.messages[0].parts.size(), 3U);
  EXPECT_EQ(dropped.messages[0].parts[0], thought("hm", {Dialect::anthropic, "sig"}));
  EXPECT_EQ(dropped.messages[0].parts[2], call("c2"));
  EXPECT_EQ(vault.restored_total(), 1U);
}

TEST(SignatureVault, gives_back_a_signature_on_the_call) {
  SignatureVault vault;
  vault.keep("t", answer({call("c1", {Dialect::gemini, "sig"}), call("c2")}), kNow);
  auto dropped = request({call("c1"), call("c2")});
  vault.restore("t", Dialect::gemini, dropped, kNow);
  EXPECT_EQ(dropped, request({call("c1", {Dialect::gemini, "sig"}), call("c2")}));
}

TEST(SignatureVault, leaves_alone_what_is_not_its_own) {
  SignatureVault vault;
  const auto signed_thought = thought("hm", {Dialect::anthropic, "sig"});
  vault.keep("t", answer({signed_thought, call("c1")}), kNow);
  const auto same = [&](std::string_view tenant, Dialect dialect, chat::Request sent,
                        base::MonoTime now = kNow) {
    const auto before = sent;
    vault.restore(tenant, dialect, sent, now);
    return sent == before;
  };
  EXPECT_TRUE(same("other", Dialect::anthropic, request({call("c1")})));
  EXPECT_TRUE(same("t", Dialect::gemini, request({call("c1")})));
  EXPECT_TRUE(same("t", Dialect::anthropic, request({call("c3")})));
  EXPECT_TRUE(same("t", Dialect::anthropic, request({signed_thought, call("c1")})));
  EXPECT_TRUE(same("t", Dialect::anthropic, request({call("c1")}), kNow + std::chrono::hours(25)));
}

TEST(SignatureVault, is_bounded) {
  SignatureVault vault({.bytes_max = 4000, .entry_bytes_max = 2000});
  for (int i = 0; i < 100; ++i) {
    vault.keep("t", answer({call("c" + std::to_string(i), {Dialect::gemini, "sig"})}), kNow);
    EXPECT_LE(vault.bytes(), 4000U);
  }
  vault.keep("t", answer({call("big", {Dialect::gemini, std::string(3000, 'x')})}), kNow);
  auto newest = request({call("c99"), call("c0"), call("big")});
  vault.restore("t", Dialect::gemini, newest, kNow);
  EXPECT_EQ(newest, request({call("c99", {Dialect::gemini, "sig"}), call("c0"), call("big")}));
}

}  // namespace
}  // namespace headgate::gateway
