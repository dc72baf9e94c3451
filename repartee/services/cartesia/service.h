// CartesiaTTSService: speech by Cartesia over one WebSocket for all texts, connected ahead
// of use and kept up, with the time of each word.
//
// Settings: those of cartesia::CheckSettings, each changeable on the run; a change in the middle of
// an answer takes effect with its next sentence. An interruption cancels what the vendor
// still speaks. Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/services/cartesia/client.h"
#include "repartee/services/tts_service.h"

namespace repartee {

struct CartesiaTTSOptions {
  Json settings = Json::object();    // over cartesia::DefaultSettings; with a voice
  cartesia::ClientOptions client{};  // its sample rate and delay are the service's
  // Words come with their times, and what is inside <spell> is never cut, whatever it says of these.
  TTSServiceOptions service{};

  // CARTESIA_API_KEY, CARTESIA_BASE_URL, CARTESIA_VOICE_ID; all else as it is by default.
  static CartesiaTTSOptions FromEnvironment();
};

class CartesiaTTSService final : public TTSService, private cartesia::Client::User {
 public:
  explicit CartesiaTTSService(CartesiaTTSOptions options);

 protected:
  // Connects.
  Status OnSetup() override;
  void OnCleanup() override;
  // InvalidArgument on settings, a sample rate or a URL that cannot be; Unauthenticated without a key for
  // Cartesia itself.
  Status Start() override;
  Task<Status> Stop() override;
  void Cancel() override;
  Status CheckSettings(const Json& delta) const override { return cartesia::CheckSettings(delta); }
  void OnSettingsChanged(const Json& changed) override;
  Task<Status> RunTts(std::string text, std::string context_id) override;
  void FlushAudio(const std::string& context_id) override;
  void OnContextInterrupted(const std::string& context_id) override;
  bool SoundUnderWay() const override { return client_ && client_->message_under_way(); }

 private:
  const Json& SpeakSettings() const override { return settings(); }
  void OnAudio(const std::string& context_id, std::string_view pcm) override;
  void OnWords(const std::string& context_id, std::vector<TimedWord> words) override;
  void OnDone(const std::string& context_id) override { EndContext(context_id); }
  void OnOpen() override { NoteConnected(true); }
  void OnLost() override { NoteConnected(false); }
  void OnFailed(const std::string& context_id, const std::string& text, ErrorCategory category) override;
  void OnTrouble(const std::string& text, ErrorCategory category, bool final) override;
  void OnClosed() override;

  // Why no connection is to be tried.
  Status Check() const;

  const CartesiaTTSOptions options_;
  std::optional<cartesia::Client> client_;  // from set-up to clean-up
  std::optional<Mailbox<bool>> closed_;     // the same
};

}  // namespace repartee
