// Searching what was said: the words of a conversation, whose they are and when they
// are found no more.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/text_file.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TextTest : public StoreTest {
 protected:
  // Sessions of the conversations found, newest first.
  std::vector<std::string> Search(const std::string& text) {
    ConversationQuery query;
    query.project = kProject;
    query.search = text;
    Result<TracePage> page = Read([query](StoreReader& reader) { return reader.ListConversations(query); });
    EXPECT_TRUE(page.ok()) << text << ": " << page.status();
    std::vector<std::string> sessions;
    if (!page.ok()) return sessions;
    EXPECT_EQ(page->total, page->rows.size());
    for (const TraceRow& row : page->rows) sessions.push_back(row.session_id.value_or(""));
    return sessions;
  }

  // A call whose user said that, and which was answered by an LLM with its whole history.
  static std::vector<TestSpan> Said(std::uint64_t number, const std::string& transcript,
                                    const std::string& input = "", const std::string& output = "") {
    std::vector<TestSpan> call = Call(number, kNoon - number * kSecond);
    call[0].texts[1].second = transcript;
    TestSpan llm{.trace_id = call[0].trace_id,
                 .span_id = SpanIdOf(number * 10 + 4),
                 .parent_id = call[0].parent_id,
                 .name = "llm",
                 .start_ns = call[0].end_ns,
                 .end_ns = call[0].end_ns + kSecond};
    llm.texts = {{"gen_ai.operation.name", "chat"}, {"input", input}, {"output", output}};
    call.insert(call.begin() + 1, llm);
    return call;
  }
};

TEST_F(TextTest, FindsWhatWasSaidAskedAndAnswered) {
  ASSERT_TRUE(Append(Said(1, "I want to book a table", "", "For how many people shall I reserve?")).ok());
  ASSERT_TRUE(Append(Said(2, "yes", R"([{"role":"user","content":"the zanzibar\nroom"}])")).ok());
  Open();

  EXPECT_THAT(Search("table"), ElementsAre("call-1"));
  EXPECT_THAT(Search("Reserve people"), ElementsAre("call-1"));
  EXPECT_THAT(Search("zanzibar room"), ElementsAre("call-2"));
  EXPECT_THAT(Search("yes "), ElementsAre("call-2"));
  EXPECT_THAT(Search("table zanzibar"), IsEmpty());
  EXPECT_THAT(Search("nothing"), IsEmpty());
}

TEST_F(TextTest, FindsByNamePeopleIdAndTheBeginningOfTheLastWord) {
  ASSERT_TRUE(Append(Said(1, "hello")).ok());
  Open();

  EXPECT_THAT(Search("CALL-1"), ElementsAre("call-1"));
  EXPECT_THAT(Search("conversa"), ElementsAre("call-1"));
  EXPECT_THAT(Search("conversa "), IsEmpty());
  EXPECT_THAT(Search(TraceId::FromBytes(TraceIdOf(1))->Hex()), ElementsAre("call-1"));
  EXPECT_THAT(Search(TraceId::FromBytes(TraceIdOf(1))->Hex().substr(0, 20)), ElementsAre("call-1"));
}

TEST_F(TextTest, FindsTheBeginningOfAConversationBeforeItsWordsAreIn) {
  ASSERT_TRUE(Append(Said(1, "a table by the window")).ok());

  EXPECT_THAT(Search("by the window"), ElementsAre("call-1"));
}

TEST_F(TextTest, InstructionsAndMarksOfMessagesAreNotWhatWasSaid) {
  ASSERT_TRUE(Append(Said(1, "hello",
                          R"([{"role":"system","content":"You are a pirate."},)"
                          R"({"role":"user","content":"ahoy"}])"))
                  .ok());
  Open();

  EXPECT_THAT(Search("ahoy"), ElementsAre("call-1"));
  EXPECT_THAT(Search("pirate"), IsEmpty());
  EXPECT_THAT(Search("role"), IsEmpty());
  EXPECT_THAT(Search("user"), IsEmpty());
}

TEST_F(TextTest, EscapedLettersAreLetters) {
  ASSERT_TRUE(
      Append(Said(1, "x", R"([{"content":"Gr\u00fc\u00dfe aus K\u00f6ln \ud83d\ude00 \"quoted\""}])")).ok());
  Open();

  EXPECT_THAT(Search("köln"), ElementsAre("call-1"));
  EXPECT_THAT(Search("grüße"), ElementsAre("call-1"));
  EXPECT_THAT(Search("quoted"), ElementsAre("call-1"));
}

TEST_F(TextTest, NoTextIsAFaultOfSyntax) {
  ASSERT_TRUE(Append(Said(1, "an ordinary sentence")).ok());
  Open();

  for (const std::string& text :
       {std::string("\""),     std::string("\"\""), std::string("AND"),       std::string("a AND"),
        std::string("NOT"),    std::string("("),    std::string("NEAR(a b)"), std::string("text:"),
        std::string("-x"),     std::string("*"),    std::string("a*b"),       std::string("^"),
        std::string("{a}:"),   std::string("a+b"),  std::string("'; --"),     std::string("\xff\xfe"),
        std::string("\0x", 2), std::string("…—"),   std::string("a—b"),       std::string("%_")})
    Search(text);

  EXPECT_THAT(Search("ordinary—sentence"), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"ordinary sentence\""), ElementsAre("call-1"));
}

TEST_F(TextTest, WordsBetweenQuotesStandSideBySide) {
  ASSERT_TRUE(Append(Said(1, "I want to book a Table, by the window")).ok());
  ASSERT_TRUE(Append(Said(2, "the window by a table")).ok());
  Open();

  EXPECT_THAT(Search("window table "), ElementsAre("call-1", "call-2"));
  EXPECT_THAT(Search("\"table by the window\""), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"window by\""), ElementsAre("call-2"));
  EXPECT_THAT(Search("\"book a\" window"), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"by the\" \"want to book\""), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"table window\""), IsEmpty());
}

TEST_F(TextTest, APhraseStandsWithinOneMessage) {
  ASSERT_TRUE(Append(Said(1, "one",
                          R"([{"role":"user","content":"book a table"},)"
                          R"({"role":"assistant","content":"for how many"}])"))
                  .ok());
  ASSERT_TRUE(Append(Said(2, "one", R"([{"role":"user","content":"a table\nfor two"}])")).ok());
  Open();

  EXPECT_THAT(Search("\"table for\""), ElementsAre("call-2"));
  EXPECT_THAT(Search("\"book a table\" \"for how many\""), ElementsAre("call-1"));
  EXPECT_THAT(Search("book many"), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"table\x1e for\""), ElementsAre("call-2"));
}

TEST_F(TextTest, WordsBeyondTheLimitAreNotAskedFor) {
  std::string said;
  for (std::size_t i = 0; i < kMaxSearchWords; ++i) said += "word" + std::to_string(i) + " ";
  ASSERT_TRUE(Append(Said(1, said)).ok());
  Open();

  EXPECT_THAT(Search(said + "another "), ElementsAre("call-1"));
  EXPECT_THAT(Search("another " + said), IsEmpty());
}

TEST_F(TextTest, APhraseIsLookedForInTheLatestOfADay) {
  const auto others = [](std::size_t first, std::size_t count) {
    std::vector<TestSpan> spans;
    for (std::size_t i = first; i < first + count; ++i) {
      std::vector<TestSpan> call = Said(i, "the window by a table");
      spans.insert(spans.end(), std::make_move_iterator(call.begin()), std::make_move_iterator(call.end()));
    }
    return spans;
  };
  ASSERT_TRUE(Append(Said(1, "a table by the window")).ok());
  ASSERT_TRUE(Append(others(2, kMaxPhraseChecks - 1)).ok());
  Open();
  EXPECT_THAT(Search("\"table by the window\""), ElementsAre("call-1"));

  ASSERT_TRUE(Append(others(kMaxPhraseChecks + 1, 1)).ok());
  Open();

  EXPECT_THAT(Search("\"table by the window\""), IsEmpty());
}

TEST_F(TextTest, AWordIsFoundInTheLatestSpansOfADay) {
  const auto more = [](std::size_t first, std::size_t count) {
    std::vector<TestSpan> spans;
    for (std::size_t i = first; i < first + count; ++i) {
      TestSpan& span = spans.emplace_back(Call(2)[0]);
      span.span_id = SpanIdOf(1'000 + i);
      span.texts[1].second = "zebra " + std::to_string(i);
    }
    return spans;
  };
  ASSERT_TRUE(Append(Said(1, "a zebra")).ok());
  ASSERT_TRUE(Append(Call(2)).ok());
  ASSERT_TRUE(Append(more(0, kMaxTextHits - 1)).ok());
  Open();
  EXPECT_THAT(Search("zebra "), UnorderedElementsAre("call-1", "call-2"));

  ASSERT_TRUE(Append(more(kMaxTextHits, 1)).ok());
  Open();

  EXPECT_THAT(Search("zebra "), ElementsAre("call-2"));
}

TEST_F(TextTest, APhraseThatIsStillTypedMayEndWithinAWord) {
  ASSERT_TRUE(Append(Said(1, "a table by the window")).ok());
  Open();

  EXPECT_THAT(Search("\"by the win"), ElementsAre("call-1"));
  EXPECT_THAT(Search("\"by the win\""), IsEmpty());
  EXPECT_THAT(Search("\"by the win "), IsEmpty());
}

TEST_F(TextTest, APhraseIsFoundByTheRowBeforeItsWordsAreIn) {
  ASSERT_TRUE(Append(Said(1, "a table by the window")).ok());

  EXPECT_THAT(Search("\"by the window\""), ElementsAre("call-1"));
}

TEST_F(TextTest, AReplacedSpanIsFoundByItsNewWordsAlone) {
  std::vector<TestSpan> call = Said(1, "the transcript as it was first heard, in full length");
  call[1].texts[2].second = "an answer that stays as long as it is, whatever is heard";
  ASSERT_TRUE(Append(call).ok());
  Open();
  ASSERT_THAT(Search("first"), ElementsAre("call-1"));
  call[0].texts[1].second = "the transcript as it was corrected afterwards, in full length";
  call[0].end_ns += 1;
  call[1].numbers = {{"metrics.ttfb", 0.3}};
  ASSERT_EQ(Append({call[0], call[1]})->replaced, 2u);
  Open();

  EXPECT_THAT(Search("first"), IsEmpty());
  EXPECT_THAT(Search("corrected"), ElementsAre("call-1"));
  EXPECT_THAT(Search("whatever"), ElementsAre("call-1"));
}

TEST_F(TextTest, ASpanThatEndedIsFoundByWhatItSaidWhenItBegan) {
  std::vector<TestSpan> call = Said(1, "a sentence that is long enough to be kept once");
  TestSpan open = call[0];
  open.end_ns = open.start_ns;
  open.marks = {{"repartee.provisional", true}};
  ASSERT_TRUE(Append({open}).ok());
  ASSERT_TRUE(Append(call).ok());
  Open();

  EXPECT_THAT(Search("sentence"), ElementsAre("call-1"));
}

TEST_F(TextTest, ADamagedIndexIsMadeAgain) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Said(i, "number" + std::to_string(i))).ok());
  Open();
  const std::string path = TextPath(folder_.path(), 20261122);
  for (const std::size_t from : {std::size_t{0}, std::size_t{8'192}}) {
    store_.reset();
    std::string bytes = ReadFile(path);
    ASSERT_GT(bytes.size(), from);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), '\xaa');
    std::ofstream(path, std::ios::binary) << bytes;
    Open();
    Open();

    EXPECT_THAT(Search("number2 "), ElementsAre("call-2")) << from;
  }
}

TEST_F(TextTest, TheIndexIsMadeAgainWhenItIsGone) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Said(i, "number" + std::to_string(i))).ok());
  ASSERT_TRUE(Append(Said(4, "yesterday", "", "") /* another batch */).ok());
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().filename().string().starts_with("text-")) std::filesystem::remove(entry.path());
  }
  Open();
  Open();

  EXPECT_THAT(Search("number2 "), ElementsAre("call-2"));
  EXPECT_THAT(Search("yesterday"), ElementsAre("call-4"));
}

}  // namespace
}  // namespace repartee::server::testing
