// VendorLink: the WebSocket of a speech service, kept up: connects ahead of use, again at
// once when it breaks, then with growing pauses, and tells each cause of trouble once.
//
// Limits: VendorLinkOptions; pauses of 0.5 s doubled up to 10 s, less a random quarter, or what a
// server's Retry-After says, up to 30 s. Given up: after an answer that repeating does not
// change (401, 403, 400, 404, 422), max_attempts failures in a row, or max_quick_failures
// links in a row that broke young. 16 malformed messages in a row are borne. Thread: the loop's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/net/websocket.h"

namespace repartee {

struct VendorLinkOptions {
  std::string vendor;  // in messages: "deepgram"
  std::string secret;  // struck out of messages
  WebSocketOptions socket{};
  int max_attempts = 20;
  int max_quick_failures = 3;
  Nanos quick_failure = std::chrono::seconds(5);  // a link that lived less long broke young
};

class VendorLink {
 public:
  // Called on the loop; must not destroy the link.
  class User {
   public:
    // For each attempt anew.
    virtual WebSocketRequest LinkRequest() = 0;
    virtual void OnLinkOpen() = 0;
    virtual void OnLinkMessage(WebSocketKind kind, std::string_view message) = 0;
    // An open link broke (not by Close); another try follows unless OnLinkError says otherwise. `why` is
    // empty when the vendor closed it in order, or the link before broke young as well.
    virtual void OnLinkLost(const std::string& why) = 0;
    // No link could be had. The same cause is told once until a link opens; `final`: given up.
    virtual void OnLinkError(const std::string& text, ErrorCategory category, bool final) = 0;
    // After Close.
    virtual void OnLinkClosed() = 0;

   protected:
    ~User() = default;
  };

  // Both are borrowed and outlive the link. The destructor cuts it.
  VendorLink(EventLoop& loop, VendorLinkOptions options, User& user);

  // Connects, unless it is open or under way. After giving up it begins anew.
  void Open();
  bool open() const { return state_ == State::kOpen; }
  // Neither open nor trying to be.
  bool idle() const { return state_ == State::kIdle; }
  // Of the next message a part has come, but not all.
  bool message_under_way() const { return socket_ && socket_->message_under_way(); }
  // FailedPrecondition unless open; a link that takes no more is dropped.
  Status Send(WebSocketKind kind, std::string message);
  // What was sent goes out, then a close in order with code 1000; nothing follows.
  void Close();
  // Cuts the link as if it had broken.
  void Drop(const std::string& why);
  // A message could not be understood: it is skipped, and the link dropped after too many in a row.
  void NoteMalformed(const Status& status);
  // A message could.
  void NoteUnderstood() { malformed_ = 0; }

 private:
  enum class State : unsigned char {
    kIdle,
    kConnecting,  // or waiting to
    kOpen,
    kClosing
  };

  void Connect();
  void Opened();
  void Ended(WebSocketClosed closed);
  void Broke(const Status& status);
  void Refused(const WebSocketClosed& closed);
  void TryAgain(Nanos wait);
  void GiveUp(const std::string& text, ErrorCategory category);
  std::string Clean(std::string text) const;

  EventLoop& loop_;
  const VendorLinkOptions options_;
  User& user_;
  State state_ = State::kIdle;
  std::unique_ptr<WebSocket> socket_;
  Timer retry_;
  Timer drop_;
  Nanos opened_at_{0};
  int failures_ = 0;        // attempts in a row
  int quick_failures_ = 0;  // links in a row
  int malformed_ = 0;       // messages in a row
  std::string told_;        // the cause that was told last
};

}  // namespace repartee
