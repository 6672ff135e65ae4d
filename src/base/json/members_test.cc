#include "base/json/members.h"

#include <gtest/gtest.h>

namespace headgate::base::json {
namespace {

TEST(members, are_taken_by_name_and_leave_a_rest) {
  const std::string_view text = R"( { "type" : "a\nb" ,"n":1.50,"x":[{"type":"no"}],"z":null } )";
  Cursor cursor(text);
  Members members;
  ASSERT_TRUE(members.read(cursor, text));
  EXPECT_TRUE(cursor.finish());
  EXPECT_EQ(members.raw(), R"({ "type" : "a\nb" ,"n":1.50,"x":[{"type":"no"}],"z":null })");
  EXPECT_EQ(members.take_string("type"), "a\nb");
  EXPECT_EQ(members.take("n")->raw, "1.50");
  EXPECT_EQ(members.take("z"), nullptr);
  EXPECT_EQ(members.take("absent"), nullptr);
  ASSERT_EQ(members.size(), 4U);
  EXPECT_FALSE(members.at(2).taken);
  EXPECT_EQ(members.at(2).raw, R"([{"type":"no"}])");
}

TEST(members, the_last_of_a_name_counts_and_no_other_is_left) {
  const std::string_view text = R"({"a":1,"a":"2"})";
  Cursor cursor(text);
  Members members;
  ASSERT_TRUE(members.read(cursor, text));
  EXPECT_EQ(members.take_string("a"), "2");
  EXPECT_TRUE(members.at(0).taken);
}

TEST(members, more_than_the_few_on_the_stack_and_escaped_names) {
  std::string text = "{";
  for (int i = 0; i < 40; ++i)
    text += "\"\\u006b" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text += "\"last\":true}";
  Cursor cursor(text);
  Members members;
  ASSERT_TRUE(members.read(cursor, text));
  ASSERT_EQ(members.size(), 41U);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(members.take("k" + std::to_string(i))->raw, std::to_string(i));
  }
  EXPECT_EQ(members.at(40).name, "last");
}

TEST(members, long_names_with_escapes_are_decoded) {
  const std::string text = "{\"\\n" + std::string(100, 'x') + "\":1}";
  Cursor cursor(text);
  Members members;
  ASSERT_TRUE(members.read(cursor, text));
  EXPECT_EQ(members.at(0).name, "\n" + std::string(100, 'x'));
}

TEST(members, broken_text_fails) {
  for (const std::string_view text : {R"({"a":1)", R"({"a" 1})", "[1]", R"({"a":tru})", ""}) {
    Cursor cursor(text);
    Members members;
    EXPECT_FALSE(members.read(cursor, text)) << text;
    EXPECT_FALSE(cursor.ok()) << text;
  }
}

}  // namespace
}  // namespace headgate::base::json
