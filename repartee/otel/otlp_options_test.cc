#include "repartee/otel/otlp_options.h"

#include <gmock/gmock.h>

namespace repartee::otel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

Result<OtlpOptions> From(std::map<std::string, std::string> variables) {
  return OtlpOptions::FromEnvironment(Environment::Of(std::move(variables)));
}

std::string UrlOf(std::map<std::string, std::string> variables) {
  const auto options = From(std::move(variables));
  return options.ok() ? options->url : options.status().ToString();
}

TEST(OtlpOptions, HaveTheSpecificationsDefaults) {
  const auto options = From({});

  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->url, "http://localhost:4318/v1/traces");
  EXPECT_THAT(options->headers, IsEmpty());
  EXPECT_EQ(options->timeout, std::chrono::seconds(10));
  EXPECT_EQ(options->compression, Compression::kNone);
  EXPECT_EQ(options->provisional, ProvisionalSpans::kAuto);
}

TEST(OtlpOptions, AppendThePathToAGeneralEndpointAlone) {
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/api/public/otel"}}),
            "http://h:1/api/public/otel/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/api/public/otel/"}}),
            "http://h:1/api/public/otel/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1"}}), "http://h:1/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/otel?x=1"}}), "http://h:1/otel/v1/traces?x=1");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:1/api/public/otel"},
                   {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1/x"}}),
            "http://h:1/api/public/otel");
}

TEST(OtlpOptions, LoseTheQuotesThatSomeToolsHandOn) {
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "\"http://h:1/otel\""}}), "http://h:1/otel/v1/traces");
  EXPECT_EQ(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "'http://h:1'"}}), "http://h:1/v1/traces");
  EXPECT_THAT(From({{"OTEL_EXPORTER_OTLP_HEADERS", "\"a=b\""}})->headers, ElementsAre(Pair("a", "b")));
}

TEST(OtlpOptions, NameTheVariableOfABadEndpoint) {
  EXPECT_THAT(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"}}),
              HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT"));
  EXPECT_THAT(UrlOf({{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"}}),
              HasSubstr("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"));
  EXPECT_THAT(UrlOf({{"OTEL_EXPORTER_OTLP_ENDPOINT", "ws://h/x"}}), HasSubstr("by http or https, not by ws"));
}

TEST(OtlpOptions, PreferTheVariableForTraces) {
  const auto options = From({{"OTEL_EXPORTER_OTLP_HEADERS", "x-generic=1,x-both=g"},
                             {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-both=t"},
                             {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                             {"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "deflate"},
                             {"OTEL_EXPORTER_OTLP_TIMEOUT", "1000"},
                             {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2000"},
                             {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"},
                             {"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/key.pem"},
                             {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/cert.pem"},
                             {"REPARTEE_PROVISIONAL_SPANS", "on"}});

  ASSERT_TRUE(options.ok());
  EXPECT_THAT(options->headers, ElementsAre(Pair("x-both", "t")));
  EXPECT_EQ(options->compression, Compression::kDeflate);
  EXPECT_EQ(options->timeout, std::chrono::seconds(2));
  EXPECT_EQ(options->ca_file, "/ca.pem");
  EXPECT_EQ(options->client_key_file, "/key.pem");
  EXPECT_EQ(options->client_certificate_file, "/cert.pem");
  EXPECT_EQ(options->provisional, ProvisionalSpans::kOn);
}

TEST(OtlpOptions, ReadTheTimeoutInMilliseconds) {
  EXPECT_EQ(From({{"OTEL_EXPORTER_OTLP_TIMEOUT", "3"}})->timeout, std::chrono::milliseconds(3));
  EXPECT_EQ(From({{"OTEL_EXPORTER_OTLP_TIMEOUT", "ten"}})->timeout, std::chrono::seconds(10));
}

TEST(OtlpOptions, SendUncompressedWhatTheyCannotCompress) {
  EXPECT_EQ(From({{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"}})->compression, Compression::kNone);
}

struct HeaderCase {
  const char* text;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t warnings = 0;
};

class OtlpHeaders : public ::testing::TestWithParam<HeaderCase> {};

TEST_P(OtlpHeaders, AreReadByTheSpecification) {
  std::vector<std::string> warnings;

  EXPECT_EQ(ParseOtlpHeaders(GetParam().text, warnings), GetParam().headers);
  EXPECT_THAT(warnings, SizeIs(GetParam().warnings));
}

INSTANTIATE_TEST_SUITE_P(
    Table, OtlpHeaders,
    ::testing::Values(
        HeaderCase{"", {}}, HeaderCase{"Authorization=Basic%20abc", {{"authorization", "Basic abc"}}},
        HeaderCase{"Authorization=Basic abc", {{"authorization", "Basic abc"}}},
        HeaderCase{"Authorization=Basic%20abc%3D%3D , x-langfuse-ingestion-version=4",
                   {{"authorization", "Basic abc=="}, {"x-langfuse-ingestion-version", "4"}}},
        HeaderCase{"Authorization=Basic%20abc==", {{"authorization", "Basic abc=="}}},
        HeaderCase{"x-a=1%2C2,x-b=a=b,x-c=%E2%82%AC", {{"x-a", "1,2"}, {"x-b", "a=b"}, {"x-c", "€"}}},
        HeaderCase{"X-Plus=a+b,X-PLUS=second", {{"x-plus", "second"}}},
        HeaderCase{"x-a=1;p=2,x-b=3", {{"x-b", "3"}}, 1}, HeaderCase{"oops,x-b=3", {{"x-b", "3"}}, 1},
        HeaderCase{"=v,bad name=v,x=", {{"x", ""}}, 2}, HeaderCase{"x-a=1%0D%0Ax-evil: 2,,", {}, 1}));

TEST(OtlpHeaders, AreNeverQuotedInWarnings) {
  std::vector<std::string> warnings;
  ParseOtlpHeaders("authorization=secret;secret,secret", warnings);

  for (const std::string& warning : warnings) EXPECT_THAT(warning, Not(HasSubstr("secret")));
}

TEST(UpsertingEndpoint, IsKnownByItsPath) {
  EXPECT_TRUE(IsUpsertingEndpoint("https://h/api/public/otel"));
  EXPECT_TRUE(IsUpsertingEndpoint("https://h/api/public/otel/v1/traces?x=1"));
  EXPECT_TRUE(IsUpsertingEndpoint("https://h/api/public/otel/"));
  EXPECT_FALSE(IsUpsertingEndpoint("http://localhost:4318/v1/traces"));
  EXPECT_FALSE(IsUpsertingEndpoint("http://h/api/public/otel/else"));
}

}  // namespace
}  // namespace repartee::otel
