#include "tests/scenario/test_processors.h"

#include <stdexcept>
#include <vector>

#include "repartee/frames/text_frames.h"
#include "tests/scenario/frame_json.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/test_services.h"

namespace repartee::scenario {
namespace {

Nanos Milliseconds(double ms) { return FromSeconds(ms / 1000); }

// Waits on each data or control frame but EndFrame, then pushes it on.
class Slow final : public FrameProcessor {
 public:
  struct Options {
    double ms = 0;
    std::optional<std::vector<std::string>> only;  // classes; none: all
  };
  explicit Slow(Options options) : FrameProcessor("Slow"), options_(std::move(options)) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (Delayed(*frame)) return Wait(PushLater(std::move(frame), direction));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  bool Delayed(const Frame& frame) const {
    if (frame.is_system() || frame.kind() == FrameKind::kPlain || frame.Is<EndFrame>()) return false;
    if (!options_.only) return true;
    return std::ranges::find(*options_.only, frame.type_name()) != options_.only->end();
  }
  Task<Status> PushLater(FramePtr frame, Direction direction) {
    co_await Sleep(loop(), Milliseconds(options_.ms));
    Push(std::move(frame), direction);
    co_return OkStatus();
  }

  const Options options_;
};

class Pass final : public FrameProcessor {
 public:
  Pass() : FrameProcessor("Pass") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

// What a foreign library might throw.
class ValueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Fails on one text.
class Faulty final : public FrameProcessor {
 public:
  Faulty(std::string text, std::string message)
      : FrameProcessor("Faulty"), text_(std::move(text)), message_(std::move(message)) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    const auto* text = frame->As<TextFrame>();
    if (text && text->text == text_) throw ValueError(message_);
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  const std::string text_;
  const std::string message_;
};

Result<ProcessorPtr> MakeSlow(ObjectReader& read, CaseLog&) {
  Slow::Options options;
  read.Required("ms", options.ms);
  read("only", options.only);
  for (const std::string& type : options.only.value_or(std::vector<std::string>())) {
    if (!IsFrameType(type)) read.Note("only", Status::InvalidArgument("unknown frame type \"{}\"", type));
  }
  return ProcessorPtr(std::make_unique<Slow>(std::move(options)));
}

Result<ProcessorPtr> MakePass(ObjectReader&, CaseLog&) { return ProcessorPtr(std::make_unique<Pass>()); }

Result<ProcessorPtr> MakeFaulty(ObjectReader& read, CaseLog&) {
  std::string text;
  std::string message;
  read.Required("text", text);
  read.Required("message", message);
  return ProcessorPtr(std::make_unique<Faulty>(std::move(text), std::move(message)));
}

struct Kind {
  std::string_view name;
  Result<ProcessorPtr> (*make)(ObjectReader&, CaseLog&);
};
constexpr Kind kKinds[] = {{"Slow", MakeSlow},
                           {"Pass", MakePass},
                           {"Faulty", MakeFaulty},
                           {"ToolLLM", MakeToolLlm},
                           {"StreamLLM", MakeStreamLlm},
                           {"SyncTTS", MakeSyncTts},
                           {"PacedOutput", MakePacedOutput}};

}  // namespace

Result<ProcessorPtr> MakeTestProcessor(const Json& entry, CaseLog& log) {
  std::string name;
  ObjectReader read(entry, "test processor");
  read.Required("test", name);
  read.Ignored({"base", "behaviour"});
  for (const Kind& kind : kKinds) {
    if (kind.name != name) continue;
    Result<ProcessorPtr> made = kind.make(read, log);
    if (Status status = read.Finish(); !status.ok()) return std::move(status).Annotate("{}", name);
    return made;
  }
  return Status::InvalidArgument("there is no test processor \"{}\"", name);
}

}  // namespace repartee::scenario
