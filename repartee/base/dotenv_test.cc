#include "repartee/base/dotenv.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::optional<std::string> Lookup(const std::string& name) {
  return name == "HOME" ? std::optional<std::string>("/home/ada") : std::nullopt;
}

// The value of A in `text`, or the error.
std::string ValueOfA(const std::string& text) {
  const auto entries = ParseDotenv(text, ".env", Lookup);
  if (!entries.ok()) return entries.status().ToString();
  for (const auto& [name, value] : *entries) {
    if (name == "A") return value;
  }
  return "(none)";
}

TEST(Dotenv, ReadsTheFileOfTheTracingPage) {
  const auto entries = ParseDotenv(R"(ENABLE_TRACING=true
# OTLP endpoint (defaults to localhost:4317 if not set)
OTEL_EXPORTER_OTLP_ENDPOINT="https://cloud.langfuse.com/api/public/otel" # 🇪🇺 EU data region
# OTEL_EXPORTER_OTLP_ENDPOINT="https://us.cloud.langfuse.com/api/public/otel" # 🇺🇸 US data region
OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20cGs6c2s=
# OTEL_CONSOLE_EXPORT=true
)",
                                   ".env", Lookup);

  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries,
              ElementsAre(Pair("ENABLE_TRACING", "true"),
                          Pair("OTEL_EXPORTER_OTLP_ENDPOINT", "https://cloud.langfuse.com/api/public/otel"),
                          Pair("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Basic%20cGs6c2s=")));
}

struct ValueCase {
  const char* text;
  const char* value;
};

class DotenvValue : public ::testing::TestWithParam<ValueCase> {};

TEST_P(DotenvValue, IsWhatPythonDotenvReads) { EXPECT_EQ(ValueOfA(GetParam().text), GetParam().value); }

INSTANTIATE_TEST_SUITE_P(
    Table, DotenvValue,
    ::testing::Values(
        ValueCase{"A=b", "b"}, ValueCase{"A=", ""}, ValueCase{" A = b ", "b"}, ValueCase{"export A=b", "b"},
        ValueCase{"export\tA=b", "b"}, ValueCase{"exportA=b\nA=c", "c"}, ValueCase{"A=a#b", "a#b"},
        ValueCase{"A=a # b", "a"}, ValueCase{"A=a b  c", "a b  c"}, ValueCase{"A='b' # c", "b"},
        ValueCase{"A=\"b\"# c", "b"}, ValueCase{"A=\"b # c\"", "b # c"}, ValueCase{"A='b\\nc'", "b\\nc"},
        ValueCase{"A=\"b\\nc\\t\\\"d\\\"\"", "b\nc\t\"d\""}, ValueCase{"A=b\\nc", "b\\nc"},
        ValueCase{"A='it\\'s'", "it's"}, ValueCase{"A=\"b\\xc\"", "b\\xc"}, ValueCase{"A=\"b\nc\"", "b\nc"},
        ValueCase{"A=b\r\nB=c\r\n", "b"}, ValueCase{"'A'=b", "b"}, ValueCase{"A=b=c==", "b=c=="},
        ValueCase{"A=first\nA=last", "last"}, ValueCase{"A", "(none)"},
        ValueCase{"A=${HOME}/x", "/home/ada/x"}, ValueCase{"A=\"${HOME}\"", "/home/ada"},
        ValueCase{"B=1\nA=${B}2", "12"}, ValueCase{"A=${B}", ""}, ValueCase{"A=${B:-c}", "c"},
        ValueCase{"A=$HOME", "$HOME"}, ValueCase{"A=${HOME", "${HOME"}, ValueCase{"A=${B:c}", "${B:c}"},
        ValueCase{"HOME=/file\nA=${HOME}", "/home/ada"},
        ValueCase{"\xef\xbb\xbf"
                  "A=b",
                  "b"}));

TEST(Dotenv, ExpandsNothingInSingleQuotes) { EXPECT_EQ(ValueOfA("A='${HOME}'"), "${HOME}"); }

TEST(Dotenv, TakesACommentInPlaceOfAValueAsNoValue) { EXPECT_EQ(ValueOfA("A= # later"), ""); }

class DotenvBroken : public ::testing::TestWithParam<ValueCase> {};

TEST_P(DotenvBroken, NamesFileAndLine) {
  EXPECT_THAT(ValueOfA(GetParam().text), HasSubstr(GetParam().value));
}

INSTANTIATE_TEST_SUITE_P(Table, DotenvBroken,
                         ::testing::Values(ValueCase{"B=1\nA=\"b\nc\n",
                                                     ".env:2: value of A: the quote \" is not closed"},
                                           ValueCase{"A='b", ".env:1: value of A: the quote ' is not closed"},
                                           ValueCase{"\n\n=b", ".env:3: there is no usable name"},
                                           ValueCase{"A b=c", ".env:1: \"A\" is not followed by"},
                                           ValueCase{"A=\"b\"c", ".env:1: \"A\" is not followed by"},
                                           ValueCase{"'A=b", ".env:1: the quote around the name"},
                                           ValueCase{"'A=b'=c", ".env:1: there is no usable name"}));

TEST(Dotenv, RefusesAZeroByte) {
  EXPECT_THAT(ValueOfA(std::string("A=b\0c", 5)), HasSubstr("value of A: it has a zero byte"));
}

TEST(Dotenv, BoundsWhatExpansionMakes) {
  std::string text = "A=xxxxxxxxxxxxxxxx\n";
  for (int i = 0; i < 40; ++i) text += "A=${A}${A}\n";

  EXPECT_THAT(ValueOfA(text), HasSubstr("all values together have more than"));
}

class DotenvFile : public ::testing::Test {
 protected:
  DotenvFile() : path_(::testing::TempDir() + "dotenv_test.env") {
    unsetenv("REPARTEE_TEST_NEW");
    setenv("REPARTEE_TEST_SET", "real", 1);
  }
  ~DotenvFile() override {
    std::filesystem::remove(path_);
    unsetenv("REPARTEE_TEST_NEW");
    unsetenv("REPARTEE_TEST_SET");
  }
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  std::string path_;
};

TEST_F(DotenvFile, SetsWhatTheEnvironmentDoesNotHave) {
  Write("REPARTEE_TEST_NEW=file\nREPARTEE_TEST_SET=file\n");

  const Status status = LoadDotenv(path_);

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_STREQ(std::getenv("REPARTEE_TEST_NEW"), "file");
  EXPECT_STREQ(std::getenv("REPARTEE_TEST_SET"), "real");
}

TEST_F(DotenvFile, SetsNothingFromABrokenFile) {
  Write("REPARTEE_TEST_NEW=file\nB=\"open\n");

  const Status status = LoadDotenv(path_);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("dotenv_test.env:2"));
  EXPECT_EQ(std::getenv("REPARTEE_TEST_NEW"), nullptr);
}

TEST_F(DotenvFile, IsNotMissed) { EXPECT_TRUE(LoadDotenv(path_ + ".none").ok()); }

TEST_F(DotenvFile, HasALimit) {
  Write("# " + std::string(1 << 20, 'x'));

  EXPECT_EQ(LoadDotenv(path_).code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace repartee
