// Recorded requests of real clients and what they must become: tests/golden/ingest,
// and how its values are compared.
//
// Thread: pure functions.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {

// "client/scenario", all of them; "scenario", those of one client.
std::vector<std::string> Captures();
std::vector<std::string> Scenarios(const std::string& client);
// For names of tests.
std::string TestName(const ::testing::TestParamInfo<std::string>& test);

std::string FolderOf(const std::string& capture);
Json ExpectedOf(const std::string& capture);
// Whether its tokens are counted by tables that a set-up without models lacks.
bool LacksTables(const std::string& capture);

struct Recorded {
  std::string path;
  HttpHeaders headers;
  std::string body;
};
// The requests of a capture that feed the trace server, in order.
std::vector<Recorded> ReadRequests(const std::string& folder);

// JSON in texts counts by its meaning, and nothing, null and empty are alike.
Json Normal(const Json& value);
// Fails the test where they differ; numbers may by their last digits.
void ExpectEqual(const std::string& where, const Json& want, const Json& got);
// Absent keys read as null.
Json At(const Json& object, const char* key);
std::map<std::string, Json> ById(const Json& list);

}  // namespace repartee::server::testing
