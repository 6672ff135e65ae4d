#include "llm/responses_items/carrier.h"

#include <gtest/gtest.h>

namespace headgate::llm::responses {
namespace {

using chat::Dialect;
using chat::Reasoning;

TEST(responses_carrier, signatures_come_back_as_whose_they_are) {
  for (const Dialect origin :
       {Dialect::openai_chat, Dialect::openai_responses, Dialect::anthropic, Dialect::gemini}) {
    for (const bool redacted : {false, true}) {
      if (redacted && origin == Dialect::openai_responses) continue;
      Reasoning sent{.redacted = redacted, .signature = {origin, "a:b/redacted:c"}};
      Reasoning received;
      unpack_signature(pack_signature(sent), received);
      EXPECT_EQ(received, sent);
    }
  }
}

TEST(responses_carrier, what_is_no_envelope_is_openais_own) {
  for (const std::string_view text :
       {"gAAAA", "headgate:", "headgate:nobody:x", "headgate:anthropic",
        "headgate:anthropic:", "headgate:responses:x", "headgate:/redacted:x"}) {
    Reasoning received;
    unpack_signature(text, received);
    EXPECT_EQ(received.signature, (chat::Signature{Dialect::openai_responses, std::string(text)}));
  }
}

TEST(responses_carrier, a_calls_signature) {
  chat::Signature signature;
  EXPECT_TRUE(read_call_signature(call_signature_json({Dialect::gemini, "a\"b"}), signature));
  EXPECT_EQ(signature, (chat::Signature{Dialect::gemini, "a\"b"}));
  for (const std::string_view json :
       {R"({})", R"({"google":{}})", R"({"google":{"thought_signature":""}})", R"([])", R"("x")",
        R"({"google":{"thought_signature":"x","more":1}})",
        R"({"google":{"thought_signature":"x"},"more":1})", R"({"google":7})",
        R"({"google":{"thought_signature":7}})"}) {
    EXPECT_FALSE(read_call_signature(json, signature)) << json;
  }
}

TEST(responses_carrier, annotations) {
  const std::string flat =
      R"({"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1})";
  EXPECT_EQ(known_annotations("[" + flat + ", " + flat + "]"), flat + "," + flat);
  EXPECT_EQ(known_annotations(flat), flat);
  EXPECT_EQ(known_annotations(R"([{"type":"url_citation","url_citation":)"
                              R"({"url":"u","title":"t","start_index":0,"end_index":1}}])"),
            flat);
  const std::string_view others[] = {
      R"({"type":"file_path","file_id":"f","index":0})",
      R"({"type":"file_citation","file_id":"f","filename":"n","index":0})",
      R"({"type":"container_file_citation","container_id":"c","file_id":"f","filename":"n",)"
      R"("start_index":0,"end_index":1})"};
  for (const std::string_view other : others) EXPECT_EQ(known_annotations(other), other);
}

TEST(responses_carrier, annotations_that_clients_would_choke_on_are_left_out) {
  for (const std::string_view json :
       {R"([{"type":"web_search_result_location","url":"u","title":"t"}])",
        R"([{"type":"url_citation","url":"u"}])", R"([{"type":"url_citation","url_citation":{}}])",
        R"([{"type":"file_path","file_id":7,"index":0}])", R"([7,"x",null,[]])", R"([])", R"(7)",
        R"([{"type":"file_path")"}) {
    EXPECT_EQ(known_annotations(json), "") << json;
  }
}

}  // namespace
}  // namespace headgate::llm::responses
