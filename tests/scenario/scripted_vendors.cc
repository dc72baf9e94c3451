#include "tests/scenario/scripted_vendors.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "repartee/base/encoding.h"
#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "tests/scenario/tone.h"

namespace repartee::scenario {
namespace {

constexpr std::size_t kMaxMessages = 65536;
constexpr int kVoiceRateHz = 24000;

std::string Member(const Json& message, const char* key) {
  const auto found = message.find(key);
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json ParseMessage(std::string_view text) {
  Result<Json> message = ParseJson(text);
  return message.ok() && message->is_object() ? *std::move(message) : Json::object();
}

// Handles messages one after the other, in a coroutine of its own.
class OrderedSession : public VendorSession {
 public:
  OrderedSession(EventLoop& loop, VendorSocket& socket)
      : loop_(loop), socket_(socket), messages_(loop, kMaxMessages) {}

 protected:
  virtual Task<> Handle(Json message) = 0;
  void Begin() {
    run_ = Run();
    run_.Start(nullptr);
  }
  void Enqueue(Json message) { messages_.Send(std::move(message)); }

  EventLoop& loop_;
  VendorSocket& socket_;

 private:
  Task<> Run() {
    while (true) {
      std::optional<Json> message = co_await messages_.Receive();
      if (!message) co_return;
      co_await Handle(*std::move(message));
    }
  }

  Mailbox<Json> messages_;
  Task<> run_;
};

}  // namespace

// ---------------------------------------------------------------- the recognizer

class RecognizerVendor::Session final : public OrderedSession {
 public:
  Session(RecognizerVendor& vendor, VendorSocket& socket)
      : OrderedSession(vendor.loop_, socket), vendor_(vendor) {
    vendor_.session_ = this;
    Begin();
  }
  ~Session() override {
    if (vendor_.session_ == this) vendor_.session_ = nullptr;
  }

  void OnText(std::string_view text) override { Enqueue(ParseMessage(text)); }

  void Say(const ScriptedTranscript& transcript) {
    Json alternative = {{"transcript", transcript.text}, {"confidence", 0.99}, {"words", Json::array()}};
    if (transcript.language) alternative["languages"] = Json::array({*transcript.language});
    const Json info = {{"name", "general"}, {"version", "1"}, {"arch", "nova-3"}};
    const Json metadata = {{"request_id", "00000000-0000-0000-0000-000000000001"},
                           {"model_info", info},
                           {"model_uuid", "00000000-0000-0000-0000-000000000002"}};
    const Json result = {{"type", "Results"},
                         {"channel_index", Json::array({0, 1})},
                         {"duration", 1.0},
                         {"start", 0.0},
                         {"is_final", transcript.is_final},
                         {"speech_final", transcript.speech_final},
                         {"from_finalize", transcript.from_finalize},
                         {"channel", {{"alternatives", Json::array({alternative})}}},
                         {"metadata", metadata}};
    socket_.SendText(result.dump());
  }

 private:
  Task<> Handle(Json message) override {
    const std::string type = Member(message, "type");
    if (type == "CloseStream") socket_.CloseWebSocket();
    if (type != "Finalize" || vendor_.answers_.empty()) co_return;
    const ScriptedTranscript answer = std::move(vendor_.answers_.front());
    vendor_.answers_.pop_front();
    co_await Sleep(loop_, answer.delay);
    Say(answer);
  }

  RecognizerVendor& vendor_;
};

RecognizerVendor::RecognizerVendor(EventLoop& loop)
    : loop_(loop),
      server_(loop, [this](VendorSocket& socket) { return std::make_unique<Session>(*this, socket); }) {}

void RecognizerVendor::Say(const ScriptedTranscript& transcript) {
  if (session_) session_->Say(transcript);
}

// ---------------------------------------------------------------- the model

class ModelVendor::Session final : public VendorSession {
 public:
  Session(ModelVendor& vendor, VendorSocket& socket) : vendor_(vendor), socket_(socket) {}

  void OnRequest(std::string_view, std::string_view) override {
    answer_ = Answer(vendor_.Take());
    answer_.Start(nullptr);
  }

 private:
  Task<> Answer(ScriptedReply reply) {
    if (reply.kind == ScriptedReply::Kind::kError) {
      const std::string body = reply.body.dump();
      socket_.SendHttp(
          fmt::format("HTTP/1.1 {} Error\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                      reply.status, body.size(), body));
      co_return;
    }
    socket_.SendHttp(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    co_await Sleep(vendor_.loop_, reply.first);
    if (!reply.text.empty()) co_await Words(reply.text, reply.gap, reply.model);
    for (std::size_t i = 0; i < reply.calls.size(); ++i) Call(reply, i);
    Finish(reply);
  }

  Task<> Words(std::string text, Nanos gap, std::string model) {
    Delta({{"role", "assistant"}, {"content", ""}}, model);
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t end = std::min(text.find(' ', from + 1), text.size());
      Delta({{"content", text.substr(from, end - from)}}, model);
      from = end;
      co_await Sleep(vendor_.loop_, gap);
    }
  }

  void Call(const ScriptedReply& reply, std::size_t index) {
    const ScriptedReply::Call& call = reply.calls[index];
    const auto piece = [&](Json function) {
      Json part = {{"index", index}, {"function", std::move(function)}};
      return part;
    };
    Json first = piece({{"name", call.name}, {"arguments", ""}});
    first["id"] = call.id;
    first["type"] = "function";
    Delta({{"role", "assistant"}, {"content", nullptr}, {"tool_calls", Json::array({first})}}, reply.model);
    Delta({{"tool_calls", Json::array({piece({{"arguments", DumpPythonStyle(call.arguments, true)}})})}},
          reply.model);
  }

  void Finish(const ScriptedReply& reply) {
    const bool tools = reply.kind == ScriptedReply::Kind::kTools;
    Json last = Chunk(reply.model);
    last["choices"] = Json::array({{{"index", 0},
                                    {"delta", Json::object()},
                                    {"logprobs", nullptr},
                                    {"finish_reason", tools ? "tool_calls" : "stop"}}});
    Send(last.dump());
    Json usage = Chunk(reply.model);
    usage["choices"] = Json::array();
    usage["usage"] = reply.usage.is_null() ? UsualUsage() : reply.usage;
    Send(usage.dump());
    Send("[DONE]");
    socket_.SendHttp("0\r\n\r\n");
  }

  static Json UsualUsage() {
    return {{"prompt_tokens", 42},
            {"completion_tokens", 9},
            {"total_tokens", 51},
            {"prompt_tokens_details", {{"cached_tokens", 16}}},
            {"completion_tokens_details", {{"reasoning_tokens", 0}}}};
  }
  static Json Chunk(const std::string& model) {
    return {
        {"id", "chatcmpl-1"}, {"object", "chat.completion.chunk"}, {"created", 1700000000}, {"model", model}};
  }
  void Delta(Json delta, const std::string& model) {
    Json chunk = Chunk(model);
    chunk["choices"] = Json::array(
        {{{"index", 0}, {"delta", std::move(delta)}, {"logprobs", nullptr}, {"finish_reason", nullptr}}});
    Send(chunk.dump());
  }
  void Send(const std::string& data) {
    const std::string event = "data: " + data + "\n\n";
    socket_.SendHttp(fmt::format("{:x}\r\n{}\r\n", event.size(), event));
  }

  ModelVendor& vendor_;
  VendorSocket& socket_;
  Task<> answer_;
};

ModelVendor::ModelVendor(EventLoop& loop, const std::vector<ScriptedReply>& replies)
    : loop_(loop),
      replies_(replies.begin(), replies.end()),
      server_(loop, [this](VendorSocket& socket) { return std::make_unique<Session>(*this, socket); }) {}

ScriptedReply ModelVendor::Take() {
  if (replies_.empty()) return {};
  ScriptedReply reply = std::move(replies_.front());
  replies_.pop_front();
  return reply;
}

// ---------------------------------------------------------------- the voice

class VoiceVendor::Session final : public OrderedSession {
 public:
  Session(VoiceVendor& vendor, VendorSocket& socket) : OrderedSession(vendor.loop_, socket), vendor_(vendor) {
    Begin();
  }

  void OnText(std::string_view text) override {
    Json message = ParseMessage(text);
    if (message.value("cancel", false)) {
      contexts_[Member(message, "context_id")].over = true;
    } else {
      Enqueue(std::move(message));
    }
  }

 private:
  struct Context {
    bool over = false;  // cancelled or failed
    double seconds = 0;
  };

  Task<> Handle(Json message) override {
    const std::string id = Member(message, "context_id");
    Context& context = contexts_[id];
    if (context.over) co_return;
    const std::string text = Member(message, "transcript");
    if (text.find_first_not_of(" \t\r\n") != std::string::npos) co_await Speak(id, text, context);
    if (!message.value("continue", false) && !context.over)
      Send({{"type", "done"}, {"context_id", id}, {"status_code", 200}, {"done", true}});
  }

  Task<> Speak(std::string id, std::string text, Context& context) {
    const int number = ++vendor_.texts_;
    co_await Sleep(loop_, vendor_.voice_.first);
    const std::vector<int>& failing = vendor_.voice_.error_on;
    if (std::find(failing.begin(), failing.end(), number) != failing.end()) {
      context.over = true;
      Send({{"type", "error"},
            {"context_id", id},
            {"status_code", 500},
            {"done", true},
            {"error", "synthetic failure"}});
      co_return;
    }
    const auto points = std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    const std::int64_t ms =
        std::max<std::int64_t>(120, vendor_.voice_.per_character / std::chrono::milliseconds(1) * points);
    SendWords(id, text, static_cast<double>(ms) / 1e3, context);
    for (std::int64_t at = 0; at < ms && !context.over; at += 100) {
      const std::int64_t samples = std::min<std::int64_t>(100, ms - at) * kVoiceRateHz / 1000;
      const AudioBuffer sound = Tone(at * kVoiceRateHz / 1000, samples, kVoiceRateHz);
      Send({{"type", "chunk"},
            {"context_id", id},
            {"status_code", 206},
            {"done", false},
            {"step_time", 1.0},
            {"data", Base64Encode(sound.bytes())}});
      co_await Sleep(loop_, vendor_.voice_.gap);
    }
  }

  void SendWords(const std::string& id, std::string_view text, double seconds, Context& context) {
    Json words = Json::array();
    for (std::size_t from = text.find_first_not_of(" \t\r\n"); from != std::string_view::npos;) {
      const std::size_t end = std::min(text.find_first_of(" \t\r\n", from), text.size());
      words.push_back(std::string(text.substr(from, end - from)));
      from = text.find_first_not_of(" \t\r\n", end);
    }
    Json start = Json::array();
    Json end = Json::array();
    const double share = seconds / static_cast<double>(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
      start.push_back(context.seconds + share * static_cast<double>(i));
      end.push_back(context.seconds + share * static_cast<double>(i + 1));
    }
    context.seconds += seconds;
    Send({{"type", "timestamps"},
          {"context_id", id},
          {"status_code", 206},
          {"done", false},
          {"word_timestamps", {{"words", words}, {"start", start}, {"end", end}}}});
  }

  void Send(const Json& message) { socket_.SendText(message.dump()); }

  VoiceVendor& vendor_;
  std::map<std::string, Context> contexts_;
};

VoiceVendor::VoiceVendor(EventLoop& loop, const ScriptedVoice& voice)
    : loop_(loop),
      voice_(voice),
      server_(loop, [this](VendorSocket& socket) { return std::make_unique<Session>(*this, socket); }) {}

}  // namespace repartee::scenario
