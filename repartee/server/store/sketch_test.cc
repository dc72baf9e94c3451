#include "repartee/server/store/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace repartee::server {
namespace {

// Spread over four decades, the same every time.
std::vector<std::int64_t> Values(std::size_t count) {
  std::vector<std::int64_t> values;
  std::uint64_t state = 1;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    std::int64_t size = 1;
    for (std::uint64_t digits = (state >> 60) % 4; digits > 0; --digits) size *= 10;
    values.push_back(static_cast<std::int64_t>((state >> 33) % 900 + 100) * size);
  }
  return values;
}

Sketch Of(const std::vector<std::int64_t>& values) {
  Sketch sketch;
  for (const std::int64_t value : values) sketch.Add(value);
  return sketch;
}

TEST(Sketch, QuantilesAreWithinOnePercent) {
  std::vector<std::int64_t> values = Values(10'000);
  const Sketch sketch = Of(values);
  std::sort(values.begin(), values.end());

  for (const double q : {0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1.0}) {
    const auto exact = static_cast<double>(
        values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1) + 0.5)]);
    EXPECT_NEAR(sketch.At(q).value(), exact, exact * 0.0101) << q;
  }
  EXPECT_EQ(Sketch().At(0.5), std::nullopt);
}

TEST(Sketch, MergedPartsAreTheWhole) {
  const std::vector<std::int64_t> values = Values(1'000);
  Sketch merged = Of({values.begin(), values.begin() + 300});
  merged.Merge(Of({values.begin() + 300, values.end()}));

  EXPECT_EQ(merged, Of(values));
}

TEST(Sketch, WhatIsTakenOutWasNeverThere) {
  Sketch sketch = Of(Values(1'000));
  sketch.Add(0);
  sketch.Add(123'456);
  sketch.Remove(0);
  sketch.Remove(123'456);

  EXPECT_EQ(sketch, Of(Values(1'000)));
}

TEST(Sketch, ComesBackFromItsBytes) {
  const Sketch sketch = Of(Values(1'000));
  std::string bytes;
  sketch.AppendTo(bytes);
  Sketch().AppendTo(bytes);

  std::string_view left = bytes;
  EXPECT_EQ(Sketch::ReadFrom(left), sketch);
  EXPECT_EQ(Sketch::ReadFrom(left), Sketch());
  EXPECT_TRUE(left.empty());
  for (std::size_t size = 0; size < bytes.size() - 2; ++size) {
    std::string_view cut = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(Sketch::ReadFrom(cut), std::nullopt) << size;
  }
}

TEST(Sketch, TooWideARangeLosesTheShortValuesOnly) {
  Sketch sketch;
  std::vector<std::int64_t> values;
  for (std::int64_t value = 1; value < 1'000'000'000'000; value += value / 100 + 1) values.push_back(value);
  for (const std::int64_t value : values) sketch.Add(value);
  std::string bytes;
  sketch.AppendTo(bytes);

  EXPECT_LT(bytes.size(), 2'000u);
  EXPECT_EQ(sketch.count(), static_cast<std::int64_t>(values.size()));
  const auto exact = static_cast<double>(values[values.size() * 9 / 10]);
  EXPECT_NEAR(sketch.At(0.9).value(), exact, exact * 0.03);
}

}  // namespace
}  // namespace repartee::server
