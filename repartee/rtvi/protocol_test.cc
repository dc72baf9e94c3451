#include "repartee/rtvi/protocol.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

TEST(RTVIProtocol, ReadsVersions) {
  EXPECT_EQ(ParseRTVIVersion("2.1.0"), (RTVIVersion{2, 1, 0}));
  EXPECT_EQ(ParseRTVIVersion("10.20.30")->ToString(), "10.20.30");
  for (const char* text : {"", "2", "2.1", "2.1.", "2.1.0.0", "2.1.0-beta", "a.b.c", "-2.1.0", "2..0",
                           " 2.1.0", "99999999999.0.0"}) {
    EXPECT_EQ(ParseRTVIVersion(text), std::nullopt) << text;
  }
}

TEST(RTVIProtocol, LeavesEmptyPartsOut) {
  EXPECT_EQ(MakeRTVIMessage("bot-interrupted").dump(), R"({"label":"rtvi-ai","type":"bot-interrupted"})");
  EXPECT_EQ(MakeRTVIMessage("bot-ready", Json::object(), "a").dump(),
            R"({"label":"rtvi-ai","type":"bot-ready","id":"a","data":{}})");
}

TEST(RTVIProtocol, WritesTheTextThatTheValueWouldGive) {
  const Json data{{"text", "Grüße \"x\""}};

  EXPECT_EQ(MakeRTVIText("bot-interrupted").text(),
            DumpPythonStyle(MakeRTVIMessage("bot-interrupted"), true));
  EXPECT_EQ(MakeRTVIText("bot-ready", JsonText::Of(data), "a \"1\"").text(),
            DumpPythonStyle(MakeRTVIMessage("bot-ready", data, "a \"1\""), true));
}

}  // namespace
}  // namespace repartee
