#include "repartee/server/ingest/mapping/attributes.h"

#include <gtest/gtest.h>

#include <array>

namespace repartee::server {
namespace {

// Found by the fuzzer: such a key is a view that points nowhere.
TEST(AttributeIndex, TakesAnAttributeWithoutAKey) {
  const std::array<otel::KeyValueView, 1> attributes{};
  AttributeIndex index;

  index.Build(attributes);

  EXPECT_EQ(index.Find(Key::kTranscript), nullptr);
  EXPECT_EQ(index.all().size(), 1u);
}

}  // namespace
}  // namespace repartee::server
