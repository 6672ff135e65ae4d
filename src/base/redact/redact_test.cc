#include "base/redact/redact.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/redact/samples_test.h"
#include "base/text/strings.h"

namespace headgate::base::redact {
namespace {

TEST(redact, extra_field_names) {
  Redactor redactor = *Redactor::create({"Patient_Id", "geheim"});
  EXPECT_EQ(redactor.redacted(R"({"patient_id":"7","patientId":8,"geheim":"x","pat":"y"})"),
            R"({"patient_id":"[redacted:patient_id]","patientId":"[redacted:patient_id]",)"
            R"("geheim":"[redacted:geheim]","pat":"y"})");
}

TEST(redact, several_at_once) {
  const std::string key = glue("sk", "-", noise(48));
  expect_redacted({
      {"a " + key + " b " + key, "a [redacted:api_key] b [redacted:api_key]"},
      {R"({"authorization":"Bearer )" + key + R"(","x":")" + key + R"("})",
       R"({"authorization":"[redacted:authorization]","x":"[redacted:api_key]"})"},
  });
  expect_untouched({""});
}

TEST(redact, copies_work_on_their_own) {
  Redactor first = *Redactor::create();
  Redactor copy(first);
  const std::string text = R"({"password":"x"})";
  EXPECT_EQ(copy.redacted(text), first.redacted(text));
  Redactor moved = std::move(first);
  EXPECT_EQ(copy.redacted(text), moved.redacted(text));
}

std::string pick(SeededRandom& random, const std::vector<std::string>& list) {
  return list[random.below(list.size())];
}

const std::string kCardNumber = glue("41111111", "11111111");
const std::string kAwsKey = glue("AK", "IA", upper(16));

std::string random_text(SeededRandom& random) {
  const std::vector<std::string> pieces = {
      "a",
      " ",
      "\n",
      "\\",
      "\"",
      "\xC3\xA9",
      ": ",
      "\x01",
      " " + kCardNumber + " ",
      glue(" 4111 1111", " 1111 1111 "),
      "\n" + kAwsKey + "\n",
      glue(" sk", "-", noise(40)),
      glue("postgres://u:", "pw@h/"),
      glue("Bear", "er ", noise(20)),
      "\"password\":\"x\"",
      glue("-----BEGIN PRIV", "ATE KEY-----\n", noise(20), ".")};
  std::string text;
  for (std::uint64_t n = random.below(4); n > 0; --n) text += pick(random, pieces);
  return text;
}

// Random JSON with secrets in it, also as JSON inside strings, to three levels.
std::string random_json(SeededRandom& random, int depth, int level) {
  const std::uint64_t kind = random.below(depth == 0 ? 3 : 6);
  if (kind == 0) return pick(random, {"1", "-2.5e7", "true", "null", kCardNumber});
  if (kind < 3) return json_string(random_text(random));
  if (kind == 3) return level == 3 ? "{}" : json_string(random_json(random, depth - 1, level + 1));
  std::string out = kind == 4 ? "[" : "{";
  for (std::uint64_t n = random.below(4); n > 0; --n) {
    if (kind == 5) {
      out += pick(random, {"\"a\"", "\"password\" ", "\"cvv\"", "\"credit-card\"", "\"token\""});
      out += pick(random, {":", ": "});
    }
    out += random_json(random, depth - 1, level) + (n > 1 ? ",\n" : "");
  }
  return out + (kind == 4 ? "]" : "}");
}

TEST(redact, json_stays_json) {
  SeededRandom random(4711);
  Redactor redactor = *Redactor::create();
  int found = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = random_json(random, 5, 0);
    ASSERT_TRUE(json::valid(text));
    std::string out;
    if (!redactor.redact(text, out)) continue;
    ++found;
    ASSERT_TRUE(json::valid(out)) << text << "\n" << out;
    ASSERT_EQ(redactor.redacted(out), out) << text;
    ASSERT_EQ(out.find(kAwsKey), std::string::npos) << text;
    ASSERT_EQ(out.find(kCardNumber), std::string::npos) << text;
  }
  EXPECT_GT(found, 1'000);
}

// A quarter of a megabyte of beginnings that come to nothing must not take quadratic time:
// the test would run into its time limit.
TEST(redact, time_is_linear_in_hostile_text) {
  Redactor redactor = *Redactor::create();
  for (const std::string& piece : std::vector<std::string>{
           glue("ey", "J-"), glue("sk", "-"), "-----BEGIN ",
           glue("-----BEGIN PRIV", "ATE KEY-----"), "://a:", "\"password\":{",
           "\\\"password\\\":[\\\"", "\"password\":\"", "bearer ", "4111 1111 ",
           "4111111111111111,", "\"token\"   ", "SG.", "\\\\", "\"password\"\\n"}) {
    std::string text;
    while (text.size() < 1 << 18) text += piece;
    std::string out;
    redactor.redact(text, out);
  }
}

}  // namespace
}  // namespace headgate::base::redact
