// The sound of a conversation: what recordings there are and where on its clock they
// begin, their bytes by range, and their peaks.
#include <algorithm>

#include "repartee/base/encoding.h"
#include "repartee/server/media/byte_range.h"
#include "repartee/server/media/recordings.h"
#include "repartee/server/ui/opened_span.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::string_view kStartAttribute = "audio.start_time_unix_nano";
constexpr std::int64_t kMaxBins = 8'000;

// Of the recordings of a trace; the trace may be known by the text that its sender uses.
Result<std::vector<Recording>> RecordingsOf(const UiCall& call, const TraceRow& row) {
  if (call.recordings == nullptr) return std::vector<Recording>();
  return call.recordings->OfTrace(call.project.key, row.ShownId());
}

// Where the first sample lies: what the span it belongs to says, else that span's start.
std::int64_t StartOf(const UiCall& call, const TraceRow& row, const Recording& recording) {
  if (recording.link.observation_id.empty()) return row.start_ns;
  const SpanId id = SpanIdFromText(recording.link.observation_id);
  const Result<std::optional<SpanRow>> span = call.reader.SpanOf(row.place, id);
  if (!span.ok() || !*span) return row.start_ns;
  SpanOpener opener(call.reader, row.place);
  const Result<OpenedSpan> opened = opener.Open(**span);
  if (opened.ok()) {
    const otel::AnyValueView* said = FindAttribute(opened->span.attributes, kStartAttribute);
    if (said != nullptr && said->kind == otel::AnyValueView::Kind::kInt && said->integer > 0)
      return said->integer;
  }
  return (*span)->facts.start_ns;
}

// Both speakers in two channels, else one of them: what went in is the caller's.
std::string_view LaneOf(const Recording& recording, int channels) {
  if (channels >= 2) return "both";
  if (recording.link.field == "input") return "caller";
  return recording.link.field == "output" ? "bot" : "both";
}

void WriteOptionalCount(JsonWriter& json, std::optional<std::int64_t> value) {
  if (!value) return json.Null();
  json.Integer(*value);
}

void WriteRecording(JsonWriter& json, const UiCall& call, const TraceRow& row, const Recording& recording) {
  const bool is_here = recording.record.uploaded_ns != 0;
  std::shared_ptr<const Peaks> peaks;
  if (is_here) {
    Result<std::shared_ptr<const Peaks>> made = call.recordings->PeaksOf(call.project.key, recording.record);
    if (made.ok()) peaks = *std::move(made);
  }
  json.BeginObject();
  json.Key("id").Text(recording.record.id);
  json.Key("content_type").Text(recording.record.content_type);
  json.Key("bytes").Integer(recording.record.content_length);
  json.Key("uploaded").Bool(is_here);
  WriteOptionalCount(
      json.Key("received"),
      is_here ? std::nullopt : call.recordings->ProgressOf(call.project.key, recording.record.id));
  WriteTimeMs(json.Key("start"), StartOf(call, row, recording));
  json.Key("lane").Text(LaneOf(recording, peaks ? peaks->channels : 0));
  const std::pair<const char*, std::optional<std::int64_t>> measures[] = {
      {"channels", peaks ? std::optional<std::int64_t>(peaks->channels) : std::nullopt},
      {"rate", peaks ? std::optional<std::int64_t>(peaks->rate_hz) : std::nullopt},
      {"duration", peaks ? std::optional<std::int64_t>(peaks->duration_ms) : std::nullopt}};
  for (const auto& [key, value] : measures) WriteOptionalCount(json.Key(key), value);
  json.EndObject();
}

// The recording that path[3] names.
Result<Recording> FindRecording(const UiCall& call) {
  const Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return row.status();
  Result<std::vector<Recording>> all = RecordingsOf(call, *row);
  if (!all.ok()) return std::move(all).status();
  for (Recording& recording : *all) {
    if (recording.record.id == call.path[3] && recording.record.uploaded_ns != 0) return std::move(recording);
  }
  return Status::NotFound("no recording {} belongs to this conversation", call.path[3].substr(0, 100));
}

}  // namespace

HttpResponse UiAudio(const UiCall& call) {
  const Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  const Result<std::vector<Recording>> all = RecordingsOf(call, *row);
  if (!all.ok()) return UiError(all.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("recordings").BeginArray();
  for (const Recording& recording : *all) WriteRecording(json, call, *row, recording);
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiRecording(const UiCall& call) {
  const Result<Recording> recording = FindRecording(call);
  if (!recording.ok()) return UiError(recording.status());
  const MediaRecord& record = recording->record;
  HttpResponse response;
  response.headers.Add("Content-Type", record.content_type);
  response.headers.Add("Content-Security-Policy", "sandbox");
  const std::optional<ByteRange> range =
      ApplyRange(call.request.headers.Get("range"), record.content_length, response);
  if (!range) return response;
  Result<std::string> bytes = call.recordings->Read(call.project.key, record.id, range->first, range->count);
  if (!bytes.ok()) return UiError(bytes.status());
  response.body = *std::move(bytes);
  return response;
}

HttpResponse UiPeaks(const UiCall& call) {
  UiQuery query(call.request);
  const std::int64_t bins = query.Integer("bins", 1'000, 1, kMaxBins);
  const std::int64_t from_ms = query.Millis("from").value_or(0) / 1'000'000;
  const std::optional<std::int64_t> to_ns = query.Millis("to");
  if (!query.ok()) return query.Refusal();
  const Result<Recording> recording = FindRecording(call);
  if (!recording.ok()) return UiError(recording.status());
  const Result<std::shared_ptr<const Peaks>> made =
      call.recordings->PeaksOf(call.project.key, recording->record);
  if (!made.ok()) return UiError(422, made.status().message(), "peaks are made of WAV files");
  const Peaks& peaks = **made;
  const std::int64_t to_ms = to_ns ? *to_ns / 1'000'000 : peaks.duration_ms;
  const double step =
      std::max<double>(static_cast<double>(to_ms - from_ms) / static_cast<double>(bins), Peaks::kStepMs);
  JsonWriter json;
  json.BeginObject();
  json.Key("from").Integer(from_ms);
  json.Key("step");
  json.Decimal(step);
  json.Key("channels").BeginArray();
  for (int channel = 0; channel < peaks.channels; ++channel) {
    const std::vector<std::int8_t> window =
        peaks.Window(channel, from_ms, step, static_cast<std::size_t>(bins));
    json.Text(Base64Encode({reinterpret_cast<const char*>(window.data()), window.size()}));
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
