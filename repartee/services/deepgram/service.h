// DeepgramSTTService: live transcription by Deepgram over a WebSocket, connected ahead of
// use and kept up.
//
// Settings: those of deepgram::CheckSettings, each changeable on the run: the connection is made anew
// when the user is silent. The end of speech, as the VAD heard it, asks for the rest at once; the
// answer is a finalized transcript. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/base/mailbox.h"
#include "repartee/services/deepgram/client.h"
#include "repartee/services/stt_service.h"

namespace repartee {

struct DeepgramSTTOptions {
  Json settings = Json::object();    // over deepgram::DefaultSettings
  deepgram::ClientOptions client{};  // its sample rate is the service's
  STTOptions service{.ttfs_p99_latency = std::chrono::milliseconds(350)};

  // How long the pipeline's start waits for the first attempt to connect to end, well or not.
  Nanos start_wait = std::chrono::seconds(5);

  // DEEPGRAM_API_KEY, DEEPGRAM_BASE_URL; all else as it is by default.
  static DeepgramSTTOptions FromEnvironment();
};

class DeepgramSTTService final : public STTService, private deepgram::Client::User {
 public:
  explicit DeepgramSTTService(DeepgramSTTOptions options);

 protected:
  // Connects.
  Status OnSetup() override;
  void OnCleanup() override;
  // InvalidArgument on settings or a base URL that cannot be; Unauthenticated without a key for Deepgram
  // itself.
  Status Start() override;
  Task<Status> Stop() override;
  void Cancel() override;
  Status Process(FramePtr frame, Direction direction) override;
  Status CheckSettings(const Json& delta) const override { return deepgram::CheckSettings(delta); }
  void OnSettingsChanged(const Json& changed) override;
  Status RunStt(const InputAudioRawFrame& frame) override;
  void OnVadStarted(const VADUserStartedSpeakingFrame&) override;
  void OnVadStopped(const VADUserStoppedSpeakingFrame&) override;

 private:
  const Json& ListenSettings() const override { return settings(); }
  void OnOpen() override;
  void OnLost() override { NoteConnected(false); }
  void OnResults(deepgram::Message results) override;
  void OnSent(double seconds) override { CountAudio(seconds); }
  void OnTrouble(const std::string& text, ErrorCategory category, bool final) override;
  void OnClosed() override;

  // Why no connection is to be tried.
  Status Check() const;
  Task<Status> StartWhenTried(FramePtr start, Direction direction);

  const DeepgramSTTOptions options_;
  std::optional<deepgram::Client> client_;  // from set-up to clean-up
  std::optional<Mailbox<bool>> tried_;      // closed when the first attempt to connect has ended
  std::optional<Mailbox<bool>> closed_;
  bool reconnect_when_silent_ = false;
};

}  // namespace repartee
