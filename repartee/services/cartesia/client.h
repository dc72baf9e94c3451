// Client: texts to Cartesia and their sound back, over one link for all contexts.
//
// A context of which no sound has come when its link breaks is asked for again, once, on
// the next; one that was being spoken fails. Messages of contexts that are not open any
// more are dropped.
//
// Limits: ClientOptions, 64 open contexts, 64 KiB of text a context to be asked for again. Thread: the
// loop's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "repartee/services/cartesia/protocol.h"
#include "repartee/services/link/vendor_link.h"

namespace repartee::cartesia {

struct ClientOptions {
  std::string url = "wss://api.cartesia.ai/tts/websocket";
  std::string api_key{};
  std::string version = "2026-03-01";  // of the protocol
  HttpHeaders extra_headers{};
  Fixed fixed{};
  Nanos open_wait = std::chrono::seconds(5);  // how long a text waits for a link
  WebSocketOptions socket{};
};

class Client final : private VendorLink::User {
 public:
  // Called on the loop; must not destroy the client.
  class User {
   public:
    virtual const Json& SpeakSettings() const = 0;
    virtual void OnAudio(const std::string& context_id, std::string_view pcm) = 0;
    virtual void OnWords(const std::string& context_id, std::vector<TimedWord> words) = 0;
    virtual void OnDone(const std::string& context_id) = 0;
    // A link is up, at the first and each later one; it broke, or was closed.
    virtual void OnOpen() = 0;
    virtual void OnLost() = 0;
    // The vendor's error, or a link that broke in mid-speech.
    virtual void OnFailed(const std::string& context_id, const std::string& text, ErrorCategory category) = 0;
    // Of no context. Once a cause; `final`: the client tries no more until the next text.
    virtual void OnTrouble(const std::string& text, ErrorCategory category, bool final) = 0;
    virtual void OnClosed() = 0;

   protected:
    ~User() = default;
  };

  // `loop` and `user` outlive the client.
  Client(EventLoop& loop, ClientOptions options, User& user);

  void Open() { link_.Open(); }
  // Waits for a link, if there is none, and sends. Unavailable if there was none in time;
  // ResourceExhausted when too many contexts are open.
  Task<Status> Speak(std::string context_id, std::string text);
  // A part of a message has come: the vendor speaks, if slowly.
  bool message_under_way() const { return link_.message_under_way(); }
  // No more text for this context.
  void Finish(const std::string& context_id);
  void Cancel(const std::string& context_id);
  // OnClosed at the latest after the link's close time limit.
  void Close();

 private:
  struct Context {
    std::vector<std::string> requests;  // until its first sound
    std::size_t request_bytes = 0;
    bool has_audio = false;
    bool asked_again = false;
  };

  WebSocketRequest LinkRequest() override;
  void OnLinkOpen() override;
  void OnLinkMessage(WebSocketKind kind, std::string_view message) override;
  void OnLinkLost(const std::string& why) override;
  void OnLinkError(const std::string& text, ErrorCategory category, bool final) override;
  void OnLinkClosed() override;

  void Take(Message message);
  void TakeError(const Message& message);
  void Ask(Context& context, std::string request);

  EventLoop& loop_;
  const ClientOptions options_;
  User& user_;
  std::map<std::string, Context> contexts_;  // asked for, and not done
  Mailbox<bool> opened_;                     // for the one text that waits; closed when there is no hope
  bool waiting_ = false;
  bool stopping_ = false;
  VendorLink link_;
};

}  // namespace repartee::cartesia
