#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/agent/agent_stack.h"

namespace repartee {
namespace {

TEST(AgentStack, SaysHowToGetTheLocalModelsWhenTheyWereLeftOut) {
  const auto stack = AgentStack::Load({});

  ASSERT_FALSE(stack.ok());
  EXPECT_EQ(stack.status().code(), StatusCode::kUnimplemented);
  EXPECT_THAT(stack.status().message(), ::testing::HasSubstr("-DREPARTEE_LOCAL=ON"));
}

}  // namespace
}  // namespace repartee
