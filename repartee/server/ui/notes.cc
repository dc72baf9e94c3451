// What people and programs say of a conversation: scores and comments, each of the
// whole, of a turn, or of a second of it. The same rows that the public API shows.
#include <chrono>
#include <future>

#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/comments.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/ingest/score_body.h"
#include "repartee/server/limits.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxComments = 500;
constexpr std::size_t kMaxName = 200;
constexpr std::int64_t kMaxAtMs = 7LL * 86'400'000;
constexpr std::chrono::seconds kWriteTime{10};
constexpr char kAtKey[] = "at_ms";

// Where on the conversation's clock; null: of the whole.
Json AtOf(const ScoreRow& score) {
  const Result<Json> metadata = ParseJson(score.metadata);
  if (!metadata.ok() || !metadata->is_object()) return {};
  const Json at = metadata->value(kAtKey, Json());
  return at.is_number() ? at : Json();
}

Json ScoreJson(const ScoreRow& score) {
  Json json = {{"id", score.id}, {"name", score.name}, {"comment", nullptr}, {"value", score.value}};
  if (score.comment) json["comment"] = *score.comment;
  json["type"] = ScoreTypeName(score.type);
  json["text"] = score.string_value ? Json(*score.string_value) : Json();
  json["source"] = ScoreSourceName(score.source);
  json["span"] = score.observation_id.empty() ? Json() : Json(score.observation_id);
  json["at"] = AtOf(score);
  json["time"] = TimeMs(score.time_ns);
  return json;
}

Json CommentJson(const ConfigItem& item) {
  const Json body = BodyOf(item);
  return {{"id", item.id},
          {"author", item.name.empty() ? Json() : Json(item.name)},
          {"content", body.value("content", "")},
          {"at", item.number > 0 ? Json(item.number - 1) : Json()},
          {"time", TimeMs(item.created_ns)}};
}

std::optional<std::int64_t> ReadAt(BodyReader& body) {
  const std::optional<std::int64_t> at = body.Integer("at");
  if (at && (*at < 0 || *at > kMaxAtMs))
    body.Fault("at", "out_of_range", "Expected milliseconds from the start of the conversation");
  return at;
}

// A note that somebody writes: on which conversation, where, and what it needs to say.
struct NewNote {
  const TraceRow& row;
  const Json& body;
  const std::string text;
  const std::optional<std::int64_t> at;
};

// Answers what is wrong with the note, or what `write` makes of it.
template <class Write>
HttpResponse TakeNote(const UiCall& call, std::string_view needed, std::size_t most, Write write) {
  const Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string text = body.RequiredText(needed, most);
  const std::optional<std::int64_t> at = ReadAt(body);
  if (!faults.ok()) return UiError(400, faults.Text());
  return write(NewNote{*row, json, text, at});
}

HttpResponse WriteComment(const UiCall& call, const NewNote& note) {
  const std::string author = call.access.user ? call.access.user->email : "";
  Json comment = {{"objectType", kTraceComment}, {"objectId", note.row.ShownId()}, {"content", note.text}};
  comment["authorUserId"] = author.empty() ? Json() : Json(author);
  ConfigItem item = NewItem(RandomUuid(), author, comment);
  item.parent = CommentSubject(kTraceComment, note.row.ShownId());
  item.number = note.at ? *note.at + 1 : 0;
  if (Status status = call.config.Put(call.project.key, kCommentKind, {item}); !status.ok())
    return UiError(status);
  return JsonResponse(201, CommentJson(item));
}

HttpResponse WriteScore(const UiCall& call, const NewNote& note) {
  Json score = {{"id", RandomUuid()}, {"traceId", note.row.ShownId()}, {"name", note.text}};
  score["value"] = note.body.value("value", Json());
  if (note.body.contains("comment")) score["comment"] = note.body["comment"];
  if (note.at) score["metadata"] = {{kAtKey, *note.at}};
  Result<ScoreRow> parsed = ParseScore(score, call.project.key, call.now_ns);
  if (!parsed.ok()) return UiError(400, parsed.status().message());
  parsed->source = ScoreSource::kAnnotation;
  parsed->environment = note.row.environment.empty() ? "default" : note.row.environment;
  if (call.access.user) parsed->author_id = call.access.user->id;
  const Json shown = ScoreJson(*parsed);
  const auto done = std::make_shared<std::promise<Status>>();
  std::future<Status> written = done->get_future();
  const Status taken = call.store.WriteScores({*std::move(parsed)},
                                              [done](Status status) { done->set_value(std::move(status)); });
  if (!taken.ok()) return UiError(Status::Unavailable("{}", taken.message()));
  if (written.wait_for(kWriteTime) != std::future_status::ready)
    return UiError(Status::Unavailable("the disk takes longer than {} s", kWriteTime.count()));
  if (const Status status = written.get(); !status.ok()) return UiError(status);
  return JsonResponse(201, shown);
}

}  // namespace

HttpResponse UiNotes(const UiCall& call) {
  const Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  ScoreQuery wanted{.project = call.project.key};
  wanted.trace_ids = {row->ShownId()};
  wanted.limit = kMaxScoresPerTrace;
  const Result<ScorePage> scores = call.reader.ListScores(wanted);
  if (!scores.ok()) return UiError(scores.status());
  ConfigQuery asked{.project = call.project.key, .kind = kCommentKind};
  asked.parent = CommentSubject(kTraceComment, row->ShownId());
  asked.oldest_first = true;
  asked.limit = kMaxComments;
  const Result<ConfigPage> comments = call.config.List(asked);
  if (!comments.ok()) return UiError(comments.status());
  Json json = {{"scores", Json::array()}, {"comments", Json::array()}};
  for (const ScoreRow& score : scores->rows) json["scores"].push_back(ScoreJson(score));
  for (const ConfigItem& item : comments->items) json["comments"].push_back(CommentJson(item));
  return JsonResponse(200, json);
}

HttpResponse UiNewComment(const UiCall& call) {
  return TakeNote(call, "content", kMaxCommentLength,
                  [&call](const NewNote& note) { return WriteComment(call, note); });
}

HttpResponse UiNewScore(const UiCall& call) {
  return TakeNote(call, "name", kMaxName, [&call](const NewNote& note) { return WriteScore(call, note); });
}

}  // namespace repartee::server
