#include "repartee/otel/sampler.h"

#include <gtest/gtest.h>

#include "repartee/base/random.h"

namespace repartee::otel {
namespace {

Sampler From(const std::string& name, const std::string& argument = "") {
  return Sampler::FromEnvironment(
      Environment::Of({{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", argument}}));
}

SpanContext Parent(bool sampled) {
  return {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .sampled = sampled};
}

int KeptOf1000(const Sampler& sampler) {
  SeedRandom(1);
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += sampler.Keeps({}, RandomTraceId()) ? 1 : 0;
  return kept;
}

TEST(Sampler, KeepsEverythingByDefault) {
  EXPECT_EQ(KeptOf1000(Sampler()), 1000);
  EXPECT_EQ(KeptOf1000(From("")), 1000);
  EXPECT_EQ(KeptOf1000(From("no_such_sampler")), 1000);
}

TEST(Sampler, KeepsARatioOfTraces) {
  EXPECT_NEAR(KeptOf1000(From("traceidratio", "0.25")), 250, 50);
  EXPECT_EQ(KeptOf1000(From("traceidratio", "0")), 0);
  EXPECT_EQ(KeptOf1000(From("traceidratio", "")), 1000);
  EXPECT_EQ(KeptOf1000(From("traceidratio", "a quarter")), 1000);
  EXPECT_EQ(KeptOf1000(From("traceidratio", "1.5")), 1000);
}

TEST(Sampler, DecidesAlikeForOneTrace) {
  const Sampler sampler = From("traceidratio", "0.5");
  const TraceId id = RandomTraceId();

  EXPECT_EQ(sampler.Keeps({}, id), sampler.Keeps(Parent(true), id));
}

TEST(Sampler, FollowsTheParentWhenBasedOnIt) {
  EXPECT_TRUE(From("parentbased_always_off").Keeps(Parent(true), RandomTraceId()));
  EXPECT_FALSE(From("parentbased_always_on").Keeps(Parent(false), RandomTraceId()));
  EXPECT_FALSE(From("parentbased_traceidratio", "1").Keeps(Parent(false), RandomTraceId()));
  EXPECT_TRUE(From("always_on").Keeps(Parent(false), RandomTraceId()));
  EXPECT_FALSE(From("ALWAYS_OFF").Keeps(Parent(true), RandomTraceId()));
}

}  // namespace
}  // namespace repartee::otel
