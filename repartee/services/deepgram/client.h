// Client: one user's sound to Deepgram and its results back, over a link that is kept up.
//
// A broken link loses no sound: what no final result has settled is kept, at most
// ClientOptions::replay of it, and sent again on the next link, with the Finalize that was
// not answered. Sound that comes before the first link is up waits the same way.
//
// Thread: the loop's.
#pragma once

#include <optional>
#include <string>

#include "repartee/services/deepgram/protocol.h"
#include "repartee/services/deepgram/replay_buffer.h"
#include "repartee/services/link/vendor_link.h"

namespace repartee::deepgram {

struct ClientOptions {
  std::string base_url = "wss://api.deepgram.com";  // a bare host means wss
  std::string api_key{};
  Fixed fixed{};
  Nanos keepalive = std::chrono::seconds(5);  // the vendor closes after 10 s without a word
  Nanos replay = std::chrono::seconds(10);
  Nanos close_wait = std::chrono::seconds(2);  // for the last results
  WebSocketOptions socket{};
};

class Client final : private VendorLink::User {
 public:
  // Called on the loop; must not destroy the client.
  class User {
   public:
    virtual const Json& ListenSettings() const = 0;
    // A link is up; at the first and each later one.
    virtual void OnOpen() = 0;
    // It broke, or was closed.
    virtual void OnLost() = 0;
    virtual void OnResults(Message results) = 0;
    // Sound went out, again or for the first time.
    virtual void OnSent(double seconds) = 0;
    // Once a cause; `final`: the client has given up until Reconnect.
    virtual void OnTrouble(const std::string& text, ErrorCategory category, bool final) = 0;
    virtual void OnClosed() = 0;

   protected:
    ~User() = default;
  };

  // `loop` and `user` outlive the client.
  Client(EventLoop& loop, ClientOptions options, User& user);

  void Open() { link_.Open(); }
  void Send(AudioBuffer audio);
  // What was sent is to be settled now; its results say so.
  void Finalize();
  // A Finalize without an answer is wanted no more.
  void ForgetFinalize() { finalizing_ = false; }
  // With other settings: the old link is closed in order, sound waits meanwhile.
  void Reconnect();
  // Asks for the last results and closes; OnClosed at the latest after close_wait and the link's own.
  void Close();

 private:
  enum class Ending : unsigned char {
    kNone,
    kReopen,
    kStop
  };

  WebSocketRequest LinkRequest() override;
  void OnLinkOpen() override;
  void OnLinkMessage(WebSocketKind kind, std::string_view message) override;
  void OnLinkLost(const std::string& why) override;
  void OnLinkError(const std::string& text, ErrorCategory category, bool final) override;
  void OnLinkClosed() override;

  void End(Ending ending);
  void Flush();
  void KeepAlive();

  const ClientOptions options_;
  User& user_;
  const double bytes_per_second_;
  ReplayBuffer sound_;
  Ending ending_ = Ending::kNone;
  bool finalizing_ = false;  // asked and not answered
  Timer keepalive_timer_;
  Timer ending_timer_;
  VendorLink link_;
};

}  // namespace repartee::deepgram
