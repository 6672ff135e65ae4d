#include "base/config/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <simdjson.h>

#include "base/config/json_schema.h"
#include "base/config/reference.h"
#include "base/config/specimen_test.h"

namespace headgate::base::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string random_text() {
  // Whatever YAML could take for something else, and what needs escaping.
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "a",  "0", "-",  ":", " ", "\"", "'", "\\", "#", "[",  "{", "~", "null", "true", "1e5", "\n",
      "\t", "é", "日", "*", "&", "!",  "%", "@",  "`", "<<", "$", ",", "?",    "|",    ">"});
  std::string out;
  for (const std::string& one : *rc::gen::container<std::vector<std::string>>(piece)) out += one;
  if (const auto at = out.find("${"); at != std::string::npos)
    out.resize(at);  // refused on purpose
  return out;
}

Part random_part() {
  Part part;
  part.name = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
  part.name.resize(std::min<std::size_t>(part.name.size(), 8));
  part.count = *rc::gen::arbitrary<std::uint16_t>();
  return part;
}

Specimen random_specimen() {
  Specimen s;
  s.wait_ms = *rc::gen::inRange(0, 1001);
  s.title = random_text();
  s.colour = *rc::gen::element(Colour::red, Colour::green, Colour::blue);
  s.address.port = *rc::gen::arbitrary<std::uint16_t>();
  s.price.amount = *rc::gen::inRange<Picodollars>(0, 9'000'000 * kPicodollarsPerDollar);
  if (*rc::gen::arbitrary<bool>()) s.url = *Url::parse("https://example.com:1/a");
  if (*rc::gen::arbitrary<bool>()) s.extra = *rc::gen::inRange(1, 10);
  if (*rc::gen::arbitrary<bool>()) s.secret = *SecretRef::parse("env:A");
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) s.tags.push_back(random_text());
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    s.list.push_back(random_part());
    s.parts.add("n." + std::to_string(i)) = random_part();
  }
  s.options.ratio = *rc::gen::inRange(0, 1'000'001) / 1e6;
  s.options.folder = "/x/" + std::to_string(s.wait_ms);
  return s;
}

TEST(Value, WhatIsWrittenReadsBackTheSame) {
  EXPECT_TRUE(rc::check([] {
    const std::string written = to_json(random_specimen());
    const auto loaded = load_text<Specimen>(written, "/", Check::file_only);
    if (!loaded.ok()) RC_FAIL(loaded.problems[0].text(written));
    RC_ASSERT(to_json(loaded.value) == written);
  }));
}

TEST(Description, UnitsAreInTheNames) {
  EXPECT_EQ(unit_of("idle_timeout_ms"), "ms");
  EXPECT_EQ(unit_of("body_bytes_max"), "bytes");
  EXPECT_EQ(unit_of("retention_days"), "days");
  EXPECT_EQ(unit_of("items"), "");
  EXPECT_EQ(unit_of("terms_max"), "");
}

TEST(Description, KnowsWhichChangesNeedARestart) {
  Specimen before;
  Specimen after;
  after.wait_ms = 5;
  EXPECT_THAT(restart_needed(describe(before), describe(after)), ElementsAre());
  after.title = "other";
  after.options.fast = true;
  EXPECT_THAT(restart_needed(describe(before), describe(after)),
              ElementsAre("title", "options.fast"));
}

TEST(JsonSchema, SaysWhatTheReaderSays) {
  const std::string text = json_schema(describe(Specimen{}), "Specimen");
  simdjson::dom::parser parser;
  simdjson::dom::element schema;
  ASSERT_EQ(parser.parse(text).get(schema), simdjson::SUCCESS);
  const auto at = [&](std::string_view pointer) {
    return std::string(simdjson::minify(schema.at_pointer(pointer).value()));
  };
  EXPECT_EQ(at("/$schema"), "\"https://json-schema.org/draft/2020-12/schema\"");
  EXPECT_EQ(at("/additionalProperties"), "false");
  EXPECT_EQ(at("/properties/wait_ms/minimum"), "0");
  EXPECT_EQ(at("/properties/wait_ms/maximum"), "1000");
  EXPECT_EQ(at("/properties/wait_ms/default"), "100");
  EXPECT_EQ(at("/properties/colour/enum"), "[\"red\",\"green\",\"blue\"]");
  EXPECT_EQ(at("/properties/tags/maxItems"), "3");
  EXPECT_EQ(at("/properties/parts/additionalProperties/required"), "[\"name\"]");
  EXPECT_EQ(at("/properties/list/items/properties/name/minLength"), "1");
  EXPECT_EQ(at("/properties/options/properties/ratio/type"), "\"number\"");
}

TEST(Reference, HasEveryKeyOnce) {
  const std::string text = reference_text(describe(Specimen{}));
  for (const char* line :
       {"  wait_ms ", "  parts.<name>.count ", "  list[].name ", "  options.folder "}) {
    const auto at = text.find(line);
    ASSERT_NE(at, std::string::npos) << line;
    EXPECT_EQ(text.find(line, at + 1), std::string::npos) << line;
  }
  EXPECT_THAT(text, HasSubstr("100 ms        0 to 1000 ms\n"));
  EXPECT_THAT(text, HasSubstr("required      1 to 8 bytes long\n"));
  const std::string markdown = reference_markdown(describe(Specimen{}));
  EXPECT_THAT(markdown, HasSubstr("| `options.fast` | true or false | false |  | yes | Hurry. |"));
}

}  // namespace
}  // namespace headgate::base::config
