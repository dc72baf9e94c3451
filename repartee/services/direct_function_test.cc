#include "repartee/services/direct_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/llm_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Task<Status> Weather(FunctionCallParams call, std::string place, std::optional<int> days,
                     std::vector<std::string> units) {
  call.result_callback(place + " in " + std::to_string(days.value_or(0)) + " days, " +
                       std::to_string(units.size()) + " units");
  co_return OkStatus();
}

DirectFunction MakeWeather() {
  return MakeDirectFunction("weather", "The weather of a place.", Weather,
                            {{"place", "A town"}, {"days", "How many ahead"}, {"units"}});
}

TEST(DirectFunction, MakesItsSchemaFromTheTypesOfItsParameters) {
  EXPECT_EQ(MakeWeather().schema, Json::parse(R"({
      "name": "weather", "description": "The weather of a place.",
      "properties": {"place": {"type": "string", "description": "A town"},
                     "days": {"type": "integer", "description": "How many ahead"},
                     "units": {"type": "array", "items": {"type": "string"}}},
      "required": ["place", "units"]})"));
}

TEST(DirectFunction, TakesACallableObject) {
  const auto add = [](FunctionCallParams call, double a, bool twice) -> Task<Status> {
    call.result_callback(twice ? 2 * a : a);
    co_return OkStatus();
  };

  const DirectFunction made = MakeDirectFunction("add", "", add, {{"a"}, {"twice"}});

  EXPECT_EQ(made.schema["properties"]["a"]["type"], "number");
  EXPECT_EQ(made.schema["properties"]["twice"]["type"], "boolean");
}

// Calls the function with these arguments and gives its result.
class Fake final : public LLMService {
 public:
  explicit Fake(Json arguments)
      : LLMService("FakeLLMService", Json::object()), arguments_(std::move(arguments)) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    std::vector<FunctionCallRequest> calls;
    calls.push_back({{"weather", "1", arguments_, nullptr}, {}});
    RunFunctionCalls(std::move(calls));
    co_return OkStatus();
  }

 private:
  const Json arguments_;
};

std::string ResultOf(Json arguments) {
  Fake llm(std::move(arguments));
  llm.RegisterDirectFunction(MakeWeather());
  testing::Rig rig({&llm});
  rig.Push(Make<LLMContextFrame>(nullptr));
  rig.Wait(std::chrono::milliseconds(10));
  const auto results = testing::Frames<FunctionCallResultFrame>(rig.downstream());
  return results.size() == 1 && results[0]->result.is_string() ? results[0]->result.get<std::string>()
                                                               : "none";
}

TEST(DirectFunction, GetsItsArgumentsByName) {
  EXPECT_EQ(ResultOf({{"units", {"C", "F"}}, {"place", "Oslo"}, {"days", 3}}), "Oslo in 3 days, 2 units");
  EXPECT_EQ(ResultOf({{"units", Json::array()}, {"place", "Oslo"}}), "Oslo in 0 days, 0 units");
  EXPECT_EQ(ResultOf({{"units", Json::array()}, {"place", "Oslo"}, {"days", nullptr}}),
            "Oslo in 0 days, 0 units");
}

TEST(DirectFunction, TellsTheModelWhatIsWrongWithItsArguments) {
  EXPECT_THAT(ResultOf({{"units", Json::array()}}), HasSubstr("the argument place is missing"));
  EXPECT_THAT(ResultOf({{"units", {1}}, {"place", "Oslo"}}),
              HasSubstr("the argument units must be of the form"));
  EXPECT_THAT(ResultOf({{"units", Json::array()}, {"place", "Oslo"}, {"days", 3e9}}),
              HasSubstr("the argument days"));
  EXPECT_THAT(ResultOf({{"units", Json::array()}, {"place", "Oslo"}, {"days", 3000000000}}),
              HasSubstr("not 3000000000"));
}

}  // namespace
}  // namespace repartee
