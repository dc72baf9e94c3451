// Frame: what flows through a pipeline. Made once, changed only before its first
// push, then shared by pointer: every holder sees the same object.
//
// The head is 48 bytes and a frame comes from the thread's pool, because at twenty
// milliseconds of audio a frame its making and freeing is what a hop costs. Names
// and metadata are made when asked for. Counts are plain: a frame never crosses
// threads. Fields and their meaning: docs/frames.md. Thread: its conversation's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "repartee/base/pool.h"

namespace repartee {

// Where a frame waits and what an interruption does to it. Plain frames are treated
// as data.
enum class FrameKind : std::uint8_t {
  kSystem,
  kData,
  kControl,
  kPlain
};

enum class Direction : std::uint8_t {
  kDownstream,
  kUpstream
};
inline Direction Opposite(Direction d) {
  return d == Direction::kDownstream ? Direction::kUpstream : Direction::kDownstream;
}

// Depth first by class, so that "is a TextFrame" is a range check.
enum class FrameType : std::uint8_t {
  // system: life cycle
  kStart,
  kCancel,
  kError,
  kInterruption,
  kPauseUrgent,
  kResume,
  kResumeUrgent,
  kCancelWorker,
  kInterruptionWorker,
  // system: input
  kInputAudioRaw,
  kUserAudioRaw,
  kInputTextRaw,
  kInputImageRaw,
  kUserImageRaw,
  kInputFileRaw,
  kUserFileRaw,
  kInputDTMF,
  kInputTransportMessage,
  // system: speaking
  kUserStartedSpeaking,
  kUserStoppedSpeaking,
  kUserSpeaking,
  kProposedUserStartedSpeaking,
  kVADUserStartedSpeaking,
  kVADUserStoppedSpeaking,
  kUserMuteStarted,
  kUserMuteStopped,
  kUserTurnInferenceCompleted,
  kEagerEndOfTurnCancel,
  kUserIdleTimeoutUpdate,
  kBotStartedSpeaking,
  kBotStoppedSpeaking,
  kBotSpeaking,
  // system: services
  kMetrics,
  kSpeechControlParams,
  kServiceMetadata,
  kSTTMetadata,
  kLLMServiceMetadata,
  kSTTMute,
  kFunctionCallsStarted,
  kFunctionCallCancel,
  kExternalFunctionCallsStarted,
  kExternalFunctionCallInProgress,
  kExternalFunctionCallResult,
  kExternalFunctionCallCancel,
  kUserImageRequest,
  kOutputTransportMessageUrgent,
  kOutputDTMFUrgent,
  kClientConnected,
  kBotConnected,
  // data
  kOutputAudioRaw,
  kTTSAudioRaw,
  kSpeechOutputAudioRaw,
  kOutputImageRaw,
  kURLImageRaw,
  kAssistantImageRaw,
  kSprite,
  kOutputDTMF,
  kText,
  kLLMText,
  kAggregatedText,
  kTTSText,
  kTranscription,
  kInterimTranscription,
  kEagerTranscription,
  kTranslation,
  kAggregatedTextProgress,
  kTTSSpeak,
  kBotBackchannel,
  kUserBackchannel,
  kLLMThoughtText,
  kLLMMarker,
  kLLMMarkerResponse,
  kLLMRun,
  kLLMMessagesAppend,
  kLLMMessagesUpdate,
  kLLMMessagesTransform,
  kLLMSetTools,
  kLLMSetToolChoice,
  kLLMConfigureOutput,
  kLLMContextUserTurn,
  kLLMContextAssistantTurn,
  kLLMContextAssistantTimestamp,
  kFunctionCallResult,
  kOutputTransportMessage,
  // plain
  kLLMContext,
  // control
  kEnd,
  kStop,
  kEndWorker,
  kStopWorker,
  kHeartbeat,
  kPause,
  kPipelineFlush,
  kLLMFullResponseStart,
  kLLMFullResponseEnd,
  kLLMAssistantPushAggregation,
  kLLMThoughtStart,
  kLLMThoughtEnd,
  kLLMSummarizeContext,
  kLLMContextSummaryRequest,
  kLLMContextSummaryResult,
  kTTSStarted,
  kTTSStopped,
  kFunctionCallInProgress,
  kProposedUserStoppedSpeaking,
  kServiceUpdateSettings,
  kLLMUpdateSettings,
  kTTSUpdateSettings,
  kSTTUpdateSettings,
  kManuallySwitchService,
  kServiceSwitcherRequestMetadata,
  kVADParamsUpdate,
  kFilterUpdateSettings,
  kFilterEnable,
  kMixerUpdateSettings,
  kMixerEnable,
  kVolume,
  kVolumeGain,
  kAudioBufferStartRecording,
  kAudioBufferStopRecording,
  kOutputTransportReady,
  kInputTransportStartAudioStreaming,
  // a program's own frames
  kCustom,
};
inline constexpr std::size_t kFrameTypes = static_cast<std::size_t>(FrameType::kCustom) + 1;

// "TextFrame" for kText: the class name of Pipecat.
std::string_view FrameTypeName(FrameType type);

// A set of frame types; what an observer wants to be told of.
class FrameTypeSet {
 public:
  constexpr FrameTypeSet() = default;
  constexpr FrameTypeSet(std::initializer_list<FrameType> types) {
    for (const FrameType type : types) Add(type);
  }
  static constexpr FrameTypeSet All() {
    FrameTypeSet set;
    for (std::uint64_t& word : set.words_) word = ~std::uint64_t{0};
    return set;
  }
  constexpr void Add(FrameType type) { words_[Word(type)] |= Bit(type); }
  constexpr void Add(const FrameTypeSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
  }
  constexpr void Remove(FrameType type) { words_[Word(type)] &= ~Bit(type); }
  constexpr bool Contains(FrameType type) const { return (words_[Word(type)] & Bit(type)) != 0; }
  constexpr bool empty() const {
    for (const std::uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kWords = 3;
  static constexpr std::size_t Word(FrameType type) { return static_cast<std::size_t>(type) / 64; }
  static constexpr std::uint64_t Bit(FrameType type) {
    return std::uint64_t{1} << (static_cast<unsigned>(type) % 64);
  }
  std::uint64_t words_[kWords] = {};
};
static_assert(kFrameTypes <= 192);

struct Frame {
  static constexpr FrameType kFirst = FrameType::kStart;
  static constexpr FrameType kLast = FrameType::kCustom;

  virtual ~Frame();
  Frame& operator=(const Frame&) = delete;

  FrameType type() const { return type_; }
  FrameKind kind() const { return kind_; }
  bool is_system() const { return kind_ == FrameKind::kSystem; }
  // The class name; a program's own frames give theirs.
  virtual std::string_view type_name() const { return FrameTypeName(type_); }
  // Unique in the process, never reused.
  std::uint64_t id() const { return id_; }
  // "TextFrame#3": numbered per class when first asked.
  const std::string& name() const;

  template <class T>
  bool Is() const {
    return type_ >= T::kFirst && type_ <= T::kLast;
  }
  // The frame as a T, or null.
  template <class T>
  const T* As() const {
    return Is<T>() ? static_cast<const T*>(this) : nullptr;
  }

  // Presentation time in nanoseconds on the pipeline's clock; 0 is none.
  std::int64_t pts = 0;
  // Id of the twin when sent both ways at once; 0 is none.
  std::uint64_t broadcast_sibling_id = 0;

  bool interruptible() const { return interruptible_; }
  void set_interruptible(bool interruptible) { interruptible_ = interruptible; }

  // Rare fields; empty when never set.
  const std::string& transport_source() const;
  const std::string& transport_destination() const;
  const std::map<std::string, std::string>& metadata() const;
  void set_transport_source(std::string name);
  void set_transport_destination(std::string name);
  void set_metadata(std::string key, std::string value);

  static void* operator new(std::size_t size) { return PoolAllocate(size); }
  static void operator delete(void* memory, std::size_t size) { PoolFree(memory, size); }

 protected:
  Frame(FrameType type, FrameKind kind, bool interruptible = true)
      : type_(type), kind_(kind), interruptible_(interruptible), id_(NextId()) {}
  // A copy is a new frame: its own id, no twin, not pushed yet.
  Frame(const Frame& other);

 private:
  friend class FrameProcessor;
  template <class T>
  friend class Ref;

  struct Rare {
    std::string name;
    std::string transport_source;
    std::string transport_destination;
    std::map<std::string, std::string> metadata;
  };

  static std::uint64_t NextId();
  Rare& rare() const;

  mutable std::uint32_t references_ = 0;
  FrameType type_;
  FrameKind kind_;
  bool interruptible_;
  mutable bool pushed_ = false;
  std::uint64_t id_;
  mutable std::unique_ptr<Rare> rare_;
};

// A counted reference. Make<T> gives a Ref<T> for the set-up phase; from the first
// push on everybody holds a FramePtr, through which nothing can be changed.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  explicit Ref(T* frame) : frame_(frame) { Acquire(); }
  Ref(const Ref& other) : frame_(other.frame_) { Acquire(); }
  Ref(Ref&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(const Ref<U>& other) : frame_(other.get()) {
    Acquire();
  }
  template <class U>
    requires std::is_convertible_v<U*, T*>
  Ref(Ref<U>&& other) noexcept : frame_(other.Release()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Ref() {
    if (frame_ && --frame_->references_ == 0) delete frame_;
  }

  T* get() const { return frame_; }
  T& operator*() const { return *frame_; }
  T* operator->() const { return frame_; }
  explicit operator bool() const { return frame_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.frame_ == b.frame_; }

  // Gives up the reference without counting down; Adopt takes it back.
  T* Release() { return std::exchange(frame_, nullptr); }
  static Ref Adopt(T* frame) {
    Ref ref;
    ref.frame_ = frame;
    return ref;
  }

 private:
  void Acquire() {
    if (frame_) ++frame_->references_;
  }
  T* frame_ = nullptr;
};

using FramePtr = Ref<const Frame>;

template <class T, class... Args>
Ref<T> Make(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

struct SystemFrame : Frame {
 protected:
  explicit SystemFrame(FrameType type) : Frame(type, FrameKind::kSystem) {}
};
struct DataFrame : Frame {
 protected:
  explicit DataFrame(FrameType type, bool is_interruptible = true)
      : Frame(type, FrameKind::kData, is_interruptible) {}
};
struct ControlFrame : Frame {
 protected:
  explicit ControlFrame(FrameType type, bool is_interruptible = true)
      : Frame(type, FrameKind::kControl, is_interruptible) {}
};

// One type of frame without fields: system, data or control.
template <class Base, FrameType T, bool interruptible_by_default = true>
struct PlainFrame : Base {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  PlainFrame()
    requires std::is_same_v<Base, SystemFrame>
      : Base(T) {}
  PlainFrame()
    requires(!std::is_same_v<Base, SystemFrame>)
      : Base(T, interruptible_by_default) {}
};

}  // namespace repartee
