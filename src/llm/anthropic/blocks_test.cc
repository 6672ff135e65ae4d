#include "llm/anthropic/blocks.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace headgate::llm::anthropic {
namespace {

TEST(anthropic_names, those_that_fit_stay) {
  for (const std::string_view name :
       {"toolu_01A", "call_abc-1", "hgx_", "hgx_foo", "hgx_a_2", "_"}) {
    EXPECT_EQ(wire_name(name), name);
    EXPECT_EQ(plain_name(name), name);
  }
}

TEST(anthropic_names, others_are_escaped_and_come_back) {
  EXPECT_EQ(wire_name("functions.get:0"), "hgx_functions_2eget_3a0");
  EXPECT_EQ(plain_name("hgx_functions_2eget_3a0"), "functions.get:0");
  // One that reads like an escaped one is escaped itself.
  EXPECT_EQ(wire_name("hgx_a_2e"), "hgx_hgx_5fa_5f2e");
  EXPECT_EQ(plain_name(wire_name("hgx_a_2e")), "hgx_a_2e");
}

RC_GTEST_PROP(anthropic_names, come_back, (const std::string& name)) {
  const std::string wire = wire_name(name);
  RC_ASSERT(plain_name(wire) == name);
  RC_ASSERT(std::all_of(wire.begin(), wire.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  }));
}

RC_GTEST_PROP(anthropic_names, of_our_prefix_come_back, ()) {
  const auto tail = rc::gen::container<std::string>(rc::gen::elementOf(std::string("hgx_2e5f-")));
  const std::string name = "hgx_" + *tail;
  RC_ASSERT(plain_name(wire_name(name)) == name);
}

TEST(anthropic_signatures, carry_other_providers_thoughts) {
  chat::Reasoning reasoning;
  reasoning.is_summary = true;
  reasoning.id = "rs_1.x";
  reasoning.signature = {chat::Dialect::openai_responses, "gAAA.b=="};
  const std::string text = signature_text(reasoning);
  EXPECT_EQ(text, "headgate.responses.s.rs_5f1_2ex.gAAA.b==");
  chat::Reasoning read;
  read_signature(text, read);
  EXPECT_EQ(read, reasoning);
}

TEST(anthropic_signatures, what_is_not_ours_is_anthropics) {
  for (const std::string_view text :
       {"", "EqQBCgIY", "headgate.", "headgate.openai", "headgate.openai.x.y.z",
        "headgate.gemini.-", "headgate.anthropic.-..x", "headgate.gemini.-._zz.x",
        "headgate.other.-..x"}) {
    chat::Reasoning read;
    read_signature(text, read);
    EXPECT_EQ(read.signature, (chat::Signature{chat::Dialect::anthropic, std::string(text)}));
    EXPECT_TRUE(read.id.empty());
  }
}

TEST(anthropic_citations, are_told_from_annotations_of_others) {
  std::size_t others = 0;
  const std::string_view mixed =
      R"([{"type":"url_citation","url":"u"}, {"type":"page_location","cited_text":"a"} ,1])";
  const auto known = citations_in(mixed, others);
  ASSERT_EQ(known.size(), 1U);
  EXPECT_EQ(known[0], R"({"type":"page_location","cited_text":"a"})");
  EXPECT_EQ(others, 2U);
  EXPECT_EQ(citations_in(R"({"cited_text":"a"})", others).size(), 1U);
  EXPECT_TRUE(has_elements("[1]"));
  EXPECT_FALSE(has_elements("[]"));
  EXPECT_FALSE(has_elements("[ \n]"));
}

}  // namespace
}  // namespace headgate::llm::anthropic
