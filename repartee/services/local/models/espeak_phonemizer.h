// EspeakPhonemizer: English text to phonemes (IPA), by a kept espeak-ng process.
//
// espeak-ng is GPL, so it is run and never linked. One process reads a clause a line and
// answers at once (2 ms; a start costs 10 and more). It is started at the first
// clause, and again when it dies or owes an answer for half a second.
//
// Thread: any; calls wait for each other. Blocks.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"

namespace repartee::local {

class EspeakPhonemizer {
 public:
  static constexpr std::size_t kMaxClauseBytes = 1000;
  static constexpr std::chrono::milliseconds kAnswerWithin{500};
  static constexpr std::chrono::milliseconds kFirstAnswerWithin{2000};  // it reads its dictionaries first

  // `program` as in PATH.
  explicit EspeakPhonemizer(std::string program = "espeak-ng") : program_(std::move(program)) {}
  ~EspeakPhonemizer();
  EspeakPhonemizer(const EspeakPhonemizer&) = delete;
  EspeakPhonemizer& operator=(const EspeakPhonemizer&) = delete;

  // The clause in IPA without its punctuation; empty if nothing in it is spoken. InvalidArgument over
  // kMaxClauseBytes; FailedPrecondition if there is no espeak-ng; Unavailable if it fails twice.
  Result<std::string> Phonemes(std::string_view clause);

  // Of the process that runs now; 0 if none.
  pid_t process_id();

 private:
  Status Start();
  void Stop();
  Result<std::string> Ask(std::string_view line);
  // Reads until the answer in `received` is whole.
  Result<std::string> ReadAnswer(Nanos deadline);

  const std::string program_;
  std::mutex mutex_;  // guards all below
  pid_t process_ = 0;
  int socket_ = -1;
  bool answered_ = false;  // since its start
};

}  // namespace repartee::local
