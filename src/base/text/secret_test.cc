#include "base/text/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

namespace headgate::base {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SecretRef, OnlyReferencesAreTaken) {
  EXPECT_EQ(SecretRef::parse("env:OPENAI_API_KEY")->text(), "env:OPENAI_API_KEY");
  EXPECT_EQ(SecretRef::parse("file:/run/secrets/key")->text(), "file:/run/secrets/key");
  for (const char* text : {"", "sk-live-123", "env:", "env:1A", "env:A-B", "env:A B",
                           "file:", "ENV:A", " env:A", "$A", "${A}", "file:/a\nb"}) {
    const auto ref = SecretRef::parse(text);
    ASSERT_FALSE(ref) << text;
    EXPECT_THAT(ref.error().detail, Not(HasSubstr("sk-live")));
  }
}

TEST(SecretRef, ReadsTheEnvironment) {
  const SecretRef ref = *SecretRef::parse("env:HEADGATE_TEST_SECRET");
  ::setenv("HEADGATE_TEST_SECRET", "s3cret", 1);
  EXPECT_EQ(*ref.resolve(), "s3cret");
  ::setenv("HEADGATE_TEST_SECRET", "s3cret\r\nx: y", 1);
  EXPECT_THAT(ref.resolve().error().detail, HasSubstr("control character"));
  EXPECT_THAT(ref.resolve().error().detail, Not(HasSubstr("s3cret")));
  ::setenv("HEADGATE_TEST_SECRET", "", 1);
  EXPECT_EQ(ref.resolve().error().detail, "env:HEADGATE_TEST_SECRET is empty");
  ::unsetenv("HEADGATE_TEST_SECRET");
  EXPECT_EQ(ref.resolve().error().detail, "environment variable HEADGATE_TEST_SECRET is not set");
}

class SecretFile : public testing::Test {
 protected:
  SecretFile() {
    std::string pattern = testing::TempDir() + "headgate-secret-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ref_.anchor(folder_);
  }
  ~SecretFile() override { std::filesystem::remove_all(folder_); }
  void write(std::string_view text, mode_t mode = 0600) {
    std::ofstream(folder_ / "key") << text;
    ::chmod((folder_ / "key").c_str(), mode);
  }
  std::filesystem::path folder_;
  SecretRef ref_ = *SecretRef::parse("file:key");
};

TEST_F(SecretFile, OneTrailingLineBreakIsDropped) {
  EXPECT_EQ(ref_.text(), "file:" + (folder_ / "key").string());
  for (const char* text : {"abc", "abc\n", "abc\r\n"}) {
    write(text);
    EXPECT_EQ(*ref_.resolve(), "abc");
  }
  write("abc\n\n");
  EXPECT_FALSE(ref_.resolve());
  write("\n");
  EXPECT_THAT(ref_.resolve().error().detail, HasSubstr("is empty"));
}

TEST_F(SecretFile, MustBeASmallRegularFile) {
  EXPECT_THAT(ref_.resolve().error().detail, HasSubstr("No such file or directory"));
  write(std::string(SecretRef::kFileBytesMax, 'x'));
  EXPECT_TRUE(ref_.resolve());
  write(std::string(SecretRef::kFileBytesMax + 1, 'x'));
  EXPECT_THAT(ref_.resolve().error().detail, HasSubstr("larger than 64 KiB"));
  std::filesystem::remove(folder_ / "key");
  ASSERT_EQ(::mkfifo((folder_ / "key").c_str(), 0600), 0);  // must not hang
  EXPECT_THAT(ref_.resolve().error().detail, HasSubstr("not a regular file"));
}

TEST_F(SecretFile, OpenToEverybodyIsSaid) {
  write("abc", 0600);
  EXPECT_EQ(ref_.exposure(), "");
  write("abc", 0644);
  EXPECT_THAT(ref_.exposure(), HasSubstr("readable by every user"));
  EXPECT_THAT(ref_.exposure(), Not(HasSubstr("abc")));
}

}  // namespace
}  // namespace headgate::base
