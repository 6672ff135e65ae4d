#include "llm/gemini_wire/array_stream.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace headgate::llm::gemini {
namespace {

using base::Errc;

struct Split {
  std::vector<std::string> objects;
  std::optional<Errc> error;
  bool done = false;
};

Split split(std::string_view bytes, const std::vector<std::size_t>& cuts,
            std::size_t object_bytes_max = 1 << 20) {
  ArraySplitter splitter(object_bytes_max);
  Split out;
  std::size_t from = 0;
  for (std::size_t i = 0; i <= cuts.size() && !out.error; ++i) {
    const std::size_t to = i == cuts.size() ? bytes.size() : cuts[i];
    const std::string piece(bytes.substr(from, to - from));
    from = to;
    splitter.feed(piece);
    std::string_view object;
    for (;;) {
      const auto more = splitter.next(object);
      if (!more) out.error = more.error().code;
      if (!more || !*more) break;
      out.objects.emplace_back(object);
    }
  }
  out.done = splitter.done();
  return out;
}

constexpr std::string_view kStream =
    "[{\"a\":1}\n,\r\n{\"text\":\"]}{[\\\"\\\\\",\"l\":[1,{\"b\":[]}]}\n,\n{}\n]\n";

TEST(gemini_array_stream, objects_whatever_the_cut) {
  const std::vector<std::string> expected = {R"({"a":1})",
                                             R"({"text":"]}{[\"\\","l":[1,{"b":[]}]})", "{}"};
  for (std::size_t a = 0; a <= kStream.size(); ++a) {
    for (std::size_t b = a; b <= kStream.size(); ++b) {
      const Split out = split(kStream, {a, b});
      ASSERT_EQ(out.objects, expected) << a << " " << b;
      ASSERT_FALSE(out.error);
      ASSERT_TRUE(out.done);
    }
  }
}

TEST(gemini_array_stream, ends) {
  EXPECT_TRUE(split("[]", {}).done);
  EXPECT_TRUE(split(" [ ] ", {}).done);
  EXPECT_FALSE(split("", {}).done);
  EXPECT_FALSE(split("[{\"a\":1}", {}).done);
  EXPECT_FALSE(split("[{\"a\":1", {}).done);
  EXPECT_EQ(split("[{\"a\":1}", {}).objects.size(), 1U);
}

TEST(gemini_array_stream, what_is_no_array_of_objects) {
  for (const std::string_view bytes :
       {"{}", "x", "[1]", "[[]]", "[,]", "[{},]", "[{}{}]", "[{}]]", "[{}] {}", "[}"}) {
    EXPECT_EQ(split(bytes, {}).error, Errc::upstream_malformed) << bytes;
  }
}

TEST(gemini_array_stream, an_object_has_a_limit) {
  EXPECT_FALSE(split("[{\"a\":1234}]", {}, 10).error);
  EXPECT_EQ(split("[{\"a\":12345}]", {}, 10).error, Errc::upstream_too_large);
  EXPECT_EQ(split("[{\"a\":123456789012", {5}, 10).error, Errc::upstream_too_large);
}

}  // namespace
}  // namespace headgate::llm::gemini
