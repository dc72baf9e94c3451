#include "repartee/tracing/recordings.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "repartee/audio/wav.h"
#include "repartee/base/log.h"
#include "repartee/otel/export_thread.h"
#include "repartee/tracing/recording_upload.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxSamples = std::size_t{32} * 60 * kRecordingRate * 2;
constexpr std::int64_t kMaxPendingBytes = 16 << 20;
constexpr std::size_t kMaxWaiting = 200;

struct Upload {
  std::string path;
  RecordedConversation conversation;
};

// The uploading thread and what waits for it.
class Uploader {
 public:
  Uploader(const otel::OtlpOptions& options, RecordingFormat format)
      : format_(std::move(format)), client_(options), thread_([this] { Run(); }) {}
  ~Uploader() { Stop(); }

  void Add(Upload upload);
  bool WaitIdle(Nanos timeout);
  void Stop();

  std::atomic<std::int64_t> uploaded{0};
  std::atomic<std::int64_t> failed{0};
  // Recordings that are not finished with: being written, or waiting here.
  void Expect();
  void Forget();

 private:
  void Run();
  void Send(const Upload& upload);

  const RecordingFormat format_;
  MediaClient client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Upload> waiting_;  // guarded by mutex_, as the next two
  std::size_t unfinished_ = 0;
  bool stopping_ = false;
  std::thread thread_;  // last: runs the above
};

void Uploader::Add(Upload upload) {
  std::unique_lock lock(mutex_);
  if (stopping_ || waiting_.size() >= kMaxWaiting) {
    --unfinished_;
    lock.unlock();
    LogError("tracing: the recording of trace {} is dropped: {} wait to be uploaded",
             upload.conversation.span.trace_id.ToHex(), kMaxWaiting);
    std::error_code ignored;
    std::filesystem::remove(upload.path, ignored);
    ++failed;
    return;
  }
  waiting_.push_back(std::move(upload));
  changed_.notify_all();
}

void Uploader::Expect() {
  const std::lock_guard lock(mutex_);
  ++unfinished_;
}

void Uploader::Forget() {
  const std::lock_guard lock(mutex_);
  --unfinished_;
  changed_.notify_all();
}

bool Uploader::WaitIdle(Nanos timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return unfinished_ == 0; });
}

void Uploader::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  client_.Stop();
  thread_.join();
}

void Uploader::Run() {
  for (;;) {
    Upload upload;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) break;
      upload = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Send(upload);
    std::error_code ignored;
    std::filesystem::remove(upload.path, ignored);
    Forget();
  }
  if (!waiting_.empty())
    LogError("tracing: {} recordings were not uploaded before the end of the program", waiting_.size());
}

void Uploader::Send(const Upload& upload) {
  const Result<std::vector<Medium>> media = MediaOf(upload.path, upload.conversation, format_);
  Status status = media.ok() ? OkStatus() : media.status();
  if (media.ok()) {
    for (const Medium& medium : *media) {
      Status sent = client_.Upload(medium);
      ++(sent.ok() ? uploaded : failed);
      if (!sent.ok()) status = std::move(sent);
      // The server is gone, or takes no media: neither will it take the rest.
      if (!status.ok()) break;
    }
  }
  if (status.ok()) return;
  LogError("tracing: the recording of trace {} could not be uploaded whole: {}",
           upload.conversation.span.trace_id.ToHex(), status.message());
}

// Between the conversation's thread and the writer's.
class FileRecording final : public Recording, public std::enable_shared_from_this<FileRecording> {
 public:
  FileRecording(EventLoop& writer, Uploader& uploader, std::atomic<std::int64_t>& pending, std::string path)
      : writer_(writer), uploader_(uploader), pending_(pending), path_(std::move(path)) {
    uploader_.Expect();
  }
  // On the writer's thread, or when that has stopped.
  ~FileRecording() override { Drop(); }

  void Add(std::vector<std::int16_t> stereo) override {
    const std::size_t room = kMaxSamples - std::min(added_, kMaxSamples);
    if (room == 0) return;
    stereo.resize(std::min(stereo.size(), room));
    added_ += stereo.size();
    if (added_ >= kMaxSamples) LogWarning("tracing: a recording ends at its limit of 32 minutes");
    const auto bytes = static_cast<std::int64_t>(stereo.size() * sizeof(std::int16_t));
    const bool full = pending_ + bytes > kMaxPendingBytes;
    if (full)
      LogWarning("tracing: the disk is too slow for the recordings; {} bytes of sound are left out", bytes);
    const std::size_t silence = full ? stereo.size() : 0;
    if (full) stereo.clear();
    const std::int64_t counted = full ? 0 : bytes;
    pending_ += counted;
    writer_.Post([self = shared_from_this(), stereo = std::move(stereo), silence, counted]() mutable {
      self->pending_ -= counted;
      stereo.resize(stereo.size() + silence, 0);
      self->Write(stereo);
    });
  }

  void Finish(RecordedConversation conversation) override {
    writer_.Post([self = shared_from_this(), conversation = std::move(conversation)]() mutable {
      self->Close(std::move(conversation));
    });
  }

 private:
  void Write(const std::vector<std::int16_t>& stereo) {
    if (!status_.ok()) return;
    if (!file_) {
      Result<WavWriter> created = WavWriter::Create(path_, kRecordingRate, 2);
      status_ = created.ok() ? OkStatus() : created.status();
      if (created.ok()) file_.emplace(*std::move(created));
    }
    if (status_.ok()) status_ = file_->Write(stereo);
    if (!status_.ok()) LogError("tracing: a recording is lost: {}", status_.message());
  }

  void Close(RecordedConversation conversation) {
    if (finished_) return;
    const bool whole = file_ && status_.ok() && file_->Close().ok();
    if (!whole) return Drop();
    finished_ = true;
    uploader_.Add({path_, std::move(conversation)});
  }

  void Drop() {
    if (std::exchange(finished_, true)) return;
    file_.reset();
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
    uploader_.Forget();
  }

  EventLoop& writer_;
  Uploader& uploader_;
  std::atomic<std::int64_t>& pending_;  // bytes of all recordings on their way to the disk
  const std::string path_;
  std::size_t added_ = 0;  // samples; the conversation's thread
  // The writer's thread.
  std::optional<WavWriter> file_;
  Status status_;
  bool finished_ = false;
};

class DiskRecordings final : public Recordings {
 public:
  DiskRecordings(const otel::OtlpOptions& options, RecordingFormat format, std::string folder)
      : folder_(std::move(folder)), uploader_(options, std::move(format)) {}
  ~DiskRecordings() override {
    writer_.Stop();
    uploader_.Stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::shared_ptr<Recording> Begin() override {
    return std::make_shared<FileRecording>(writer_.loop(), uploader_, pending_,
                                           fmt::format("{}/{}.wav", folder_, next_++));
  }
  bool Finish(Nanos timeout) override {
    const bool all = uploader_.WaitIdle(timeout);
    uploader_.Stop();
    return all;
  }
  std::int64_t uploaded() const override { return uploader_.uploaded; }
  std::int64_t failed() const override { return uploader_.failed; }

 private:
  const std::string folder_;
  std::atomic<int> next_{0};
  std::atomic<std::int64_t> pending_{0};
  Uploader uploader_;
  otel::ExportThread writer_;
};

}  // namespace

Result<std::unique_ptr<Recordings>> Recordings::Create(const otel::OtlpOptions& options,
                                                       RecordingFormat format) {
  if (options.protocol == otel::OtlpProtocol::kGrpc) {
    return Status::InvalidArgument(
        "recordings go over HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf, or do without them");
  }
  std::error_code error;
  std::string folder = (std::filesystem::temp_directory_path(error) / "repartee-recordings-XXXXXX").string();
  // For its owner alone.
  if (error || mkdtemp(folder.data()) == nullptr)
    return Status::Unavailable("there is no place for recordings: {} cannot be made", folder);
  return std::unique_ptr<Recordings>(
      std::make_unique<DiskRecordings>(options, std::move(format), std::move(folder)));
}

}  // namespace repartee
