// Any event of any company: a frame or nothing, never an error and never a crash.
#include <cstdlib>

#include "repartee/frames/audio_frames.h"
#include "repartee/transports/serializers/telephony_serializers.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace repartee;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TwilioFrameSerializer twilio;
  TelnyxFrameSerializer telnyx(TelephonyEncoding::kAlaw, TelephonyEncoding::kUlaw);
  PlivoFrameSerializer plivo;
  ExotelFrameSerializer exotel;
  VonageFrameSerializer vonage;
  for (FrameSerializer* serializer :
       std::initializer_list<FrameSerializer*>{&twilio, &telnyx, &plivo, &exotel, &vonage}) {
    if (!serializer->SetUp(16000, 24000).ok()) std::abort();
    for (const auto kind : {WireMessageKind::kText, WireMessageKind::kBinary}) {
      if (!serializer->Deserialize(kind, bytes).ok()) std::abort();
      // Whatever a start event has said of the line, sound still goes both ways.
      static_cast<void>(
          serializer->Serialize(*Make<OutputAudioRawFrame>(AudioBuffer::Silence(320), 16000, 1)));
    }
  }
  return 0;
}
