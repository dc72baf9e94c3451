// What is uploaded of a recording: the file as it is, and each turn's sound cut out of it.
//
// Thread: one at a time; reads the file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "repartee/tracing/media_client.h"
#include "repartee/tracing/recordings.h"

namespace repartee {

// One channel of a recording (0: user, 1: bot) between two times, without the silence around its sound; empty
// when there is none.
std::vector<std::int16_t> CutTurn(std::span<const std::int16_t> stereo, int channel, Nanos begin, Nanos end);

// The media of the recording at `path` (a stereo WAV of kRecordingRate) in `format`. NotFound or Malformed if
// it is none.
Result<std::vector<Medium>> MediaOf(const std::string& path, const RecordedConversation& conversation,
                                    const RecordingFormat& format = {});

}  // namespace repartee
