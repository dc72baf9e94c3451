#include "repartee/agent/mcp_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <future>

#include "repartee/agent/mcp_client.h"
#include "repartee/agent/tool_caller_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A server whose tools do what such programs do, good and bad. It writes a line for people first.
constexpr char kProgram[] = R"(
import json, os, signal, sys
def say(message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
def text(answer):
    return {"content": [{"type": "text", "text": answer}]}
print("rooms 1.0 is ready", flush=True)
greeted = cancelled = False
for line in sys.stdin:
    asked = json.loads(line)
    method, params, id = asked.get("method"), asked.get("params", {}), asked.get("id")
    if method == "initialize":
        if "rude" in sys.argv: sys.exit(1)
        if "mute" in sys.argv: continue
        if "old" in sys.argv: say({"id": id, "error": {"message": "too new"}}); continue
        say({"id": id, "result": {"protocolVersion": params["protocolVersion"]}})
    elif method == "notifications/initialized": greeted = True
    elif method == "notifications/cancelled": cancelled = True
    elif method == "tools/list" and "cursor" not in params:
        say({"id": id, "result": {"tools": [{"name": "book", "description": "Books."}], "nextCursor": "2"}})
    elif method == "tools/list": say({"id": id, "result": {"tools": [{"name": "cancel"}]}})
    elif method == "tools/call": say({"id": id, "result": text("%s on %s" % (params["name"], params["arguments"]["day"]))})
    elif method == "state": say({"id": id, "result": {"greeted": greeted, "cancelled": cancelled, "pid": os.getpid()}})
    elif method == "environment": say({"id": id, "result": dict(os.environ)})
    elif method == "end": sys.exit(3)
    elif method == "long": print("x" * 300000, flush=True)
    elif method == "stay":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say({"id": id, "result": {"pid": os.getpid()}})
        while True: signal.pause()
    elif method == "questions":
        say({"id": "q1", "method": "ping"})
        pong = json.loads(sys.stdin.readline())
        say({"id": "q2", "method": "roots/list"})
        say({"id": id, "result": {"pong": pong, "roots": json.loads(sys.stdin.readline())}})
)";

MCPProcessOptions Program(const std::string& manner = "good") {
  return {.command = {"python3", "-c", kProgram, manner}, .environment = {{"ROOMS_KEY", "r"}}};
}

Result<Json> Ask(MCPProcess& process, const std::string& method, milliseconds timeout = seconds(20)) {
  auto promise = std::make_shared<std::promise<Result<Json>>>();
  auto answer = promise->get_future();
  process.Ask(method, Json::object(), timeout,
              [promise](Result<Json> got) { promise->set_value(std::move(got)); });
  return answer.get();
}

bool IsThere(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

TEST(MCPProcess, GreetsTheProgramBeforeItAsks) {
  MCPProcess process(Program());

  const auto answer = Ask(process, "state");

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->at("greeted"), true);
}

TEST(MCPProcess, KeepsKeysOfOtherServicesFromTheProgram) {
  ::setenv("A_VENDORS_KEY", "secret", 1);
  ::setenv("LOGNAME", "caller", 1);
  MCPProcess process(Program());

  const auto environment = Ask(process, "environment");

  ASSERT_TRUE(environment.ok()) << environment.status();
  EXPECT_FALSE(environment->contains("A_VENDORS_KEY"));
  EXPECT_EQ(environment->at("ROOMS_KEY"), "r");
  EXPECT_EQ(environment->at("LOGNAME"), "caller");
}

TEST(MCPProcess, AnswersWhatTheProgramAsks) {
  MCPProcess process(Program());

  const auto answer = Ask(process, "questions");

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->at("pong"), Json::parse(R"({"jsonrpc": "2.0", "id": "q1", "result": {}})"));
  EXPECT_EQ(answer->at("roots").at("error").at("code"), -32601);
}

TEST(MCPProcess, StartsAProgramAnewThatHasEnded) {
  MCPProcess process(Program());
  const Json first = *Ask(process, "state");

  EXPECT_THAT(Ask(process, "end").status().message(), HasSubstr("ended with status 3"));
  const auto second = Ask(process, "state");

  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->at("pid"), first.at("pid"));
}

TEST(MCPProcess, StopsStartingAProgramThatEndsAgainAndAgain) {
  MCPProcess process(Program("rude"));

  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Ask(process, "state").status().message(), HasSubstr("ended with status 1"));
  }
  EXPECT_THAT(Ask(process, "state").status().message(), HasSubstr("3 times within a minute"));
}

TEST(MCPProcess, TellsOfAQuestionThatIsNotAnsweredInTimeAndGoesOn) {
  MCPProcess process(Program());
  ASSERT_TRUE(Ask(process, "state").ok());

  EXPECT_EQ(Ask(process, "nothing", milliseconds(20)).status().code(), StatusCode::kDeadlineExceeded);

  EXPECT_EQ(Ask(process, "state")->at("cancelled"), true);
}

TEST(MCPProcess, EndsAProgramThatDoesNotGreet) {
  MCPProcess process(Program("mute"));

  EXPECT_EQ(Ask(process, "state", milliseconds(300)).status().code(), StatusCode::kDeadlineExceeded);
}

TEST(MCPProcess, TellsWhyTheGreetingWasRefused) {
  MCPProcess process(Program("old"));

  EXPECT_THAT(Ask(process, "state").status().message(), HasSubstr("too new"));
}

TEST(MCPProcess, EndsAProgramWhoseLineHasNoEnd) {
  MCPProcess process(Program());

  EXPECT_THAT(Ask(process, "long").status().message(), HasSubstr("more than 256 KiB"));
}

TEST(MCPProcess, NamesAProgramThatIsNotThere) {
  MCPProcess process({.command = {"no-such-program-here"}});

  EXPECT_THAT(Ask(process, "state").status().message(), HasSubstr("cannot run no-such-program-here"));
}

TEST(MCPProcess, NeverAnswersWhatIsForgotten) {
  bool answered = false;
  MCPProcess process(Program());
  const auto question = process.Ask("state", Json::object(), seconds(20),
                                    [&answered](const Result<Json>&) { answered = true; });

  process.Forget(question);

  EXPECT_TRUE(Ask(process, "state").ok());
  EXPECT_FALSE(answered);
}

TEST(MCPProcess, RefusesMoreQuestionsThanItHolds) {
  MCPProcess process(Program("mute"));
  int refused = 0;
  for (int i = 0; i < 66; ++i) {
    process.Ask("state", Json::object(), seconds(20), [&refused](const Result<Json>& got) {
      refused += got.status().code() == StatusCode::kResourceExhausted ? 1 : 0;
    });
  }

  EXPECT_EQ(refused, 2);
}

TEST(MCPProcess, EndsTheProgramWithItself) {
  pid_t willing = 0;
  pid_t stubborn = 0;
  {
    MCPProcess process(Program());
    willing = Ask(process, "state")->at("pid").get<pid_t>();
    MCPProcess other(Program());
    stubborn = Ask(other, "stay")->at("pid").get<pid_t>();
    EXPECT_TRUE(IsThere(willing) && IsThere(stubborn));
  }

  EXPECT_FALSE(IsThere(willing));
  EXPECT_FALSE(IsThere(stubborn));
}

// ---------------------------------------------------------------- as tools of the model

TEST(MCPTools, AreOfferedAndCalledWhereTheServerIsAProgram) {
  const auto tools = GetMCPTools({.process = Program()});

  ASSERT_TRUE(tools.ok()) << tools.status();
  ASSERT_EQ(tools->size(), 2U);
  EXPECT_EQ((*tools)[1].name, "cancel");
  EXPECT_EQ(testing::CallTool(tools->front(), Json{{"day", "Monday"}}), "book on Monday");
}

TEST(MCPTools, TellTheModelThatTheProgramHasEnded) {
  const auto tools = GetMCPTools({.process = Program()});
  ASSERT_TRUE(tools.ok()) << tools.status();

  // Without a day the program fails.
  const Json told = testing::CallTool(tools->front(), Json::object());

  EXPECT_THAT(told.get<std::string>(), HasSubstr("could not be asked: it ended with status 1"));
  EXPECT_EQ(testing::CallTool(tools->front(), Json{{"day", "Monday"}}), "book on Monday");
}

TEST(MCPTools, NameTheProgramThatHasNotATool) {
  MCPClientOptions options{.process = Program()};
  options.tools = {"fly"};

  EXPECT_THAT(GetMCPTools(options).status().message(), HasSubstr("python3 has no tool fly"));
}

}  // namespace
}  // namespace repartee
