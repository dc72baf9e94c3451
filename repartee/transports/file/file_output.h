// FileOutputTransport: a loudspeaker without a device. Writing takes as long as playing,
// so interruptions cut the bot where a caller would cut it, and a recorder notes what
// was heard and when.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/transports/base_output.h"
#include "repartee/transports/file/conversation_recorder.h"
#include "repartee/transports/write_pacer.h"

namespace repartee {

struct FileOutputOptions {
  TransportParams params;
  // Notes what the bot says; borrowed, outlives the transport; null: nobody.
  ConversationRecorder* recorder = nullptr;
};

class FileOutputTransport final : public BaseOutputTransport {
 public:
  explicit FileOutputTransport(FileOutputOptions options = {});

 private:
  Status OnSetup() override;
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override;

  const FileOutputOptions options_;
  std::optional<WritePacer> pacer_;
};

}  // namespace repartee
