#include "repartee/services/local/models/model_store.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace repartee::local {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A folder like the real one, with links to its models: some tests break it.
class ModelStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "repartee-models-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    const auto real = ModelFolder();
    ASSERT_TRUE(real.ok()) << real.status();
    for (const auto& entry : fs::recursive_directory_iterator(*real / "models")) {
      const fs::path copy = folder_ / fs::relative(entry.path(), *real);
      fs::create_directories(copy.parent_path());
      if (entry.is_regular_file()) fs::create_symlink(entry.path(), copy);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string Notes() const {
    std::ostringstream notes;
    notes << std::ifstream(folder_ / "verified").rdbuf();
    return notes.str();
  }

  fs::path folder_;
};

TEST_F(ModelStoreTest, FindsWhatSetUpLeftAndChecksEachFileOnce) {
  const auto first = FindSpeechModels(folder_);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string notes = Notes();

  const auto second = FindSpeechModels(folder_);

  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(notes,
              AllOf(HasSubstr("models/silero_vad.onnx"), HasSubstr("piper-en_US-joe-medium/tokens.txt")));
  EXPECT_EQ(Notes(), notes);
}

TEST_F(ModelStoreTest, NamesAMissingFileAndTheCommandThatGetsIt) {
  fs::remove(folder_ / "models/silero_vad.onnx");

  const auto models = FindSpeechModels(folder_);

  EXPECT_EQ(models.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(models.status().message(),
              AllOf(HasSubstr("silero_vad.onnx"), HasSubstr("tools/setup_models.sh")));
}

TEST_F(ModelStoreTest, NoticesAFileThatWasDamagedAfterTheFirstCheck) {
  ASSERT_TRUE(FindSpeechModels(folder_).ok());
  const fs::path tokens = folder_ / "models/piper-en_US-joe-medium/tokens.txt";
  fs::remove(tokens);
  std::ofstream(tokens) << "no tokens";

  const auto models = FindSpeechModels(folder_);

  EXPECT_EQ(models.status().code(), StatusCode::kMalformed);
  EXPECT_THAT(models.status().message(), AllOf(HasSubstr(tokens.string()), HasSubstr("delete it")));
}

TEST_F(ModelStoreTest, FindsTheLanguageModelByName) {
  EXPECT_TRUE(FindLanguageModel(folder_, "smollm2").ok());
  EXPECT_THAT(FindLanguageModel(folder_, "gpt").status().message(),
              HasSubstr("there are smollm2 and qwen0.5b"));
}

TEST_F(ModelStoreTest, SaysHowToGetTheLargerLanguageModel) {
  fs::remove(folder_ / "models/Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf");

  EXPECT_THAT(FindLanguageModel(folder_, "qwen0.5b").status().message(), HasSubstr("--llm qwen0.5b"));
}

TEST(ModelStore, HashesAsSha256sumDoes) {
  const auto hash = Sha256OfFile("/dev/null");

  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_EQ(*hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256OfFile("/no/such/file").status().code(), StatusCode::kNotFound);
}

// The program and the set-up script each have the list; this holds them together.
TEST(ModelStore, PinsWhatTheSetUpScriptPins) {
  std::ostringstream source;
  source << std::ifstream(REPARTEE_SOURCE_DIR "/repartee/services/local/models/model_store.cc").rdbuf();
  std::ifstream list(REPARTEE_SOURCE_DIR "/tools/models.sha256");
  std::string hash;
  std::string file;
  int models = 0;
  while (list >> hash >> file) {
    if (!file.starts_with("models/") || file.find("smart-turn") != std::string::npos) continue;
    EXPECT_THAT(source.str(), AllOf(HasSubstr(hash), HasSubstr(file)));
    ++models;
  }
  EXPECT_EQ(models, 8);
}

}  // namespace
}  // namespace repartee::local
