#include "base/redact/fields.h"

#include <gtest/gtest.h>

#include "base/redact/samples_test.h"

namespace headgate::base::redact {
namespace {

TEST(redact_fields, values_of_any_kind) {
  expect_redacted({
      {R"({"password":"hunter2"})", R"({"password":"[redacted:password]"})"},
      {R"({"Password" : "hunter2"})", R"({"Password" : "[redacted:password]"})"},
      {R"({"password":"a\"b\\"})", R"({"password":"[redacted:password]"})"},
      {R"({"api_key":"x","apiKey":"y","api-key":"z"})",
       R"({"api_key":"[redacted:api_key]","apiKey":"[redacted:api_key]",)"
       R"("api-key":"[redacted:api_key]"})"},
      {R"({"authorization":"Basic dTpw"})", R"({"authorization":"[redacted:authorization]"})"},
      {R"({"cvv":123,"x":1})", R"({"cvv":"[redacted:cvv]","x":1})"},
      {R"({"ssn":-1.5e3})", R"({"ssn":"[redacted:ssn]"})"},
      {R"({"credit_card":{"number":"1","n":{"]":2}},"x":1})",
       R"({"credit_card":"[redacted:credit_card]","x":1})"},
      {R"({"secret":["a","b]"],"x":1})", R"({"secret":"[redacted:secret]","x":1})"},
      {R"({"token":"abcdefghijkl"})", R"({"token":"[redacted:token]"})"},
      {R"({"password":"cut)", R"({"password":"[redacted:password])"},
      {"{\"authorization\":\"Bearer " + noise(40) + "\"}",
       R"({"authorization":"[redacted:authorization]"})"},
  });
}

TEST(redact_fields, in_json_that_a_string_holds) {
  expect_redacted({
      {R"({"args":"{\"password\":\"hunter2\",\"n\":1}"})",
       R"({"args":"{\"password\":\"[redacted:password]\",\"n\":1}"})"},
      {R"({"args":"{\n  \"password\": \"a\\\"b\"\n}"})",
       R"({"args":"{\n  \"password\": \"[redacted:password]\"\n}"})"},
      {R"({"args":"{\"cvv\":123}"})", R"({"args":"{\"cvv\":\"[redacted:cvv]\"}"})"},
      {R"({"a":"{\"b\":\"{\\\"secret\\\":\\\"x\\\"}\"}"})",
       R"({"a":"{\"b\":\"{\\\"secret\\\":\\\"[redacted:secret]\\\"}\"}"})"},
      {R"({"args":"{\"secret\":{\"a\":\"}\"}}"})",
       R"({"args":"{\"secret\":\"[redacted:secret]\"}"})"},
      {R"({"args":"{\"password\":\"cut"})", R"({"args":"{\"password\":\"[redacted:password]"})"},
  });
}

TEST(redact_fields, leave_names_without_a_secret) {
  expect_untouched({
      "How do I reset my password?",
      "password: see the handbook",
      R"({"password":null,"secret":true,"token":false})",
      R"({"password":"","secret":[],"credit_card":{}})",
      R"({"password_hint":"dog","tokens":5,"max_tokens":100,"secretary":"Ann"})",
      R"({"required":["password","token"]})",
      R"({"usage":{"total_tokens":1234567890123}})",
      R"({"logprobs":[{"token":" Hello","logprob":-0.1}]})",
      R"({"text":"\"password\" is a word"})",
      R"({"password":"[redacted:password]"})",
  });
}

}  // namespace
}  // namespace headgate::base::redact
