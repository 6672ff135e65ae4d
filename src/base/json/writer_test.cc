#include "base/json/writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "base/json/cursor.h"

namespace headgate::base::json {
namespace {

TEST(json_writer, members_of_every_kind) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member("s", "a\"b");
  writer.member("view", std::string_view("v"));
  writer.member("string", std::string("x"));
  writer.member("i", std::int64_t{-7});
  writer.member("int", 5);
  writer.member("size", std::size_t{6});
  writer.member("b", true);
  writer.member_null("n");
  writer.member_raw("raw", R"({"x": 1.50})");
  writer.object("o");
  writer.member("inner", false);
  writer.end_object();
  writer.array("a");
  writer.integer(1);
  writer.string("two");
  writer.null();
  writer.begin_array();
  writer.end_array();
  writer.begin_object();
  writer.end_object();
  writer.end_array();
  writer.end_object();
  EXPECT_EQ(out, R"({"s":"a\"b","view":"v","string":"x","i":-7,"int":5,"size":6,"b":true,)"
                 R"("n":null,"raw":{"x": 1.50},"o":{"inner":false},)"
                 R"("a":[1,"two",null,[],{}]})");
  EXPECT_TRUE(valid(out));
}

TEST(json_writer, empty_containers_and_names) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.array("");
  writer.end_array();
  writer.object("\n");
  writer.end_object();
  writer.end_object();
  EXPECT_EQ(out, R"({"":[],"\n":{}})");
}

// What a string ends with is no bracket of ours.
TEST(json_writer, text_that_looks_like_structure_needs_its_comma) {
  std::string out;
  Writer writer(out);
  writer.begin_array();
  for (const std::string_view text : {"{", "[", ":", ",", ""}) writer.string(text);
  writer.raw("\"[\"");
  writer.raw("0");
  writer.end_array();
  EXPECT_EQ(out, R"(["{","[",":",",","","[",0])");
}

TEST(json_writer, goes_on_behind_what_is_there) {
  std::string out = "data: ";
  {
    Writer writer(out);
    writer.begin_object();
    writer.end_object();
  }
  out += "\n[";
  Writer writer(out);
  writer.integer(std::numeric_limits<std::int64_t>::min());
  writer.integer(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(out, "data: {}\n[-9223372036854775808,9223372036854775807");
}

void write_any(Writer& writer, int depth) {
  switch (*rc::gen::inRange(0, depth == 0 ? 5 : 7)) {
    case 0: return writer.string(*rc::gen::arbitrary<std::string>());
    case 1: return writer.integer(*rc::gen::arbitrary<std::int64_t>());
    case 2: return writer.boolean(*rc::gen::arbitrary<bool>());
    case 3: return writer.null();
    case 4: return writer.raw(" [ 1e5 , {\"a\":-0.0} ] ");
    case 5: {
      writer.begin_array();
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n) write_any(writer, depth - 1);
      return writer.end_array();
    }
    default: {
      writer.begin_object();
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
        writer.key(*rc::gen::arbitrary<std::string>());
        write_any(writer, depth - 1);
      }
      return writer.end_object();
    }
  }
}

RC_GTEST_PROP(json_writer, what_it_writes_is_json, ()) {
  std::string out;
  Writer writer(out);
  write_any(writer, 4);
  RC_ASSERT(valid(out));
}

RC_GTEST_PROP(json_writer, texts_and_numbers_read_back, ()) {
  const auto number = *rc::gen::arbitrary<std::int64_t>();
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member(text, number);
  writer.member("t", text);
  writer.end_object();
  Cursor cursor(out);
  std::string_view key;
  std::int64_t read = 0;
  Text read_text;
  RC_ASSERT(cursor.enter_object() && cursor.next_key(key) && cursor.integer(read));
  RC_ASSERT(read == number);
  RC_ASSERT(cursor.next_key(key) && cursor.string(read_text));
  RC_ASSERT(read_text.decode() == text);
}

}  // namespace
}  // namespace headgate::base::json
