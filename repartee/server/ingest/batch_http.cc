#include "repartee/server/ingest/batch_http.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <unordered_set>

#include "repartee/base/clock.h"
#include "repartee/base/random.h"
#include "repartee/base/stable_sort.h"
#include "repartee/server/ingest/batch/entity_table.h"
#include "repartee/server/ingest/inflate.h"
#include "repartee/server/ingest/score_config.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr char kRetryAfterSeconds[] = "1";

HttpResponse JsonResponse(int status, const Json& body) {
  return HttpResponse::Json(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

HttpResponse Refuse(int status, std::string_view error, std::string_view message) {
  HttpResponse response = JsonResponse(status, {{"error", error}, {"message", message}});
  if (status == 503) response.headers.Add("Retry-After", kRetryAfterSeconds);
  return response;
}

HttpResponse Refuse(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnauthenticated: return Refuse(401, "UnauthorizedError", status.message());
    case StatusCode::kPermissionDenied: return Refuse(403, "ForbiddenError", status.message());
    default: return Refuse(503, "ServiceUnavailableError", status.message());
  }
}

HttpResponse InvalidRequest(std::string_view fault) {
  return JsonResponse(400, {{"message", "Invalid request data"}, {"errors", Json::array({fault})}});
}

// Bodies that are packed are taken too, though no SDK packs them.
Result<Json> ReadJson(HttpRequest& request, std::size_t limit) {
  const std::string_view coding = request.headers.Get("content-encoding");
  if (coding.empty() || coding == "identity") return ParseJson(request.body);
  const ContentCoding as = coding == "deflate" ? ContentCoding::kDeflate : ContentCoding::kGzip;
  Result<std::string> body = Inflate(request.body, as, limit);
  if (!body.ok()) return std::move(body).status();
  return ParseJson(*body);
}

Json EventError(const Json& event, int status, std::string_view message, std::string_view error) {
  const bool has_id = event.is_object() && event.contains("id") && event["id"].is_string();
  return {{"id", has_id ? event["id"] : Json("unknown")},
          {"status", status},
          {"message", message},
          {"error", error}};
}

Status TooManyEvents() {
  return Status::InvalidArgument("more than {} events for one id", kMaxEventsPerEntity);
}

Json InvalidEvent(const Json& event, const Status& fault) {
  return EventError(event, 400, "Invalid request data", fault.message());
}

HttpResponse BatchResponse(const std::vector<std::string>& event_ids, const Json& errors) {
  Json successes = Json::array();
  for (const std::string& id : event_ids) successes.push_back({{"id", id}, {"status", 201}});
  return JsonResponse(207, {{"successes", std::move(successes)}, {"errors", errors}});
}

// Events of one request, each where it belongs.
struct Sorted {
  EntityTable entities;
  std::vector<ScoreRow> scores;
  std::vector<std::string> event_ids;  // in order of processing
  Json errors = Json::array();
};

class Sorter {
 public:
  Sorter(ProjectKey project, bool scores_only, ConfigStore& config)
      : project_(project), scores_only_(scores_only), config_(config) {}

  Sorted Sort(const Json& batch) {
    std::vector<BatchEvent> events;
    for (const Json& item : batch) {
      Result<BatchEvent> event = ParseEvent(item);
      if (!event.ok()) {
        sorted_.errors.push_back(InvalidEvent(item, event.status()));
      } else if (scores_only_ && event->kind != EntityKind::kScore) {
        sorted_.errors.push_back(EventError(item, 401, "Authentication error", "Access Scope Denied"));
      } else {
        events.push_back(*std::move(event));
      }
    }
    // What creates comes before what updates.
    StableSort(events, [](const BatchEvent& a, const BatchEvent& b) {
      return std::pair(!a.is_create, a.time_ms()) < std::pair(!b.is_create, b.time_ms());
    });
    for (BatchEvent& event : events) Place(std::move(event));
    return std::move(sorted_);
  }

 private:
  void Place(BatchEvent event) {
    if (event.kind == EntityKind::kLog) return;
    const std::string event_id = event.id;
    const Status status =
        event.kind == EntityKind::kScore ? PlaceScore(event) : PlaceEntity(std::move(event));
    if (status.ok()) {
      sorted_.event_ids.push_back(event_id);
    } else {
      sorted_.errors.push_back(InvalidEvent({{"id", event_id}}, status));
    }
  }

  Status PlaceScore(const BatchEvent& event) {
    Result<ScoreRow> score = ParseScoreByConfig(event.body, project_, event.time_ns, config_);
    if (!score.ok()) return std::move(score).status().Annotate("body");
    if (score->id.empty()) score->id = RandomUuid();
    sorted_.scores.push_back(*std::move(score));
    return OkStatus();
  }

  Status PlaceEntity(BatchEvent event) {
    std::string id = event.EntityId();
    if (id.empty()) id = RandomUuid();
    std::string trace_id = id;
    if (event.kind == EntityKind::kObservation) {
      const auto found = event.body.find("traceId");
      trace_id = found != event.body.end() && found->is_string() ? found->get<std::string>() : "";
    }
    Entity& entity = sorted_.entities.At(event.kind, id);
    if (entity.trace_id.empty()) entity.trace_id = std::move(trace_id);
    if (entity.Add(std::move(event))) return OkStatus();
    return TooManyEvents();
  }

  const ProjectKey project_;
  const bool scores_only_;
  ConfigStore& config_;
  Sorted sorted_;
};

}  // namespace

// Answers when both parts of a request are on disk; the first failure wins.
struct BatchHttp::Answer {
  Answer(HttpResponse good_response, Reply to) : good(std::move(good_response)), reply(std::move(to)) {}

  void PartDone(const Status& status) {
    if (!status.ok()) {
      const std::lock_guard lock(mutex);
      failure = status;
    }
    if (parts.fetch_sub(1) != 1) return;
    reply(failure.ok() ? std::move(good) : Refuse(failure));
  }

  // Before its part is done: of the batch's events these have found no place.
  void TakeBack(const std::vector<std::string>& events) {
    if (events.empty()) return;
    const std::unordered_set<std::string> refused(events.begin(), events.end());
    const auto is_refused = [this, &refused](const std::string& id) {
      if (!refused.contains(id)) return false;
      errors.push_back(InvalidEvent({{"id", id}}, TooManyEvents()));
      return true;
    };
    if (std::erase_if(event_ids, is_refused) > 0) good = BatchResponse(event_ids, errors);
  }

  HttpResponse good;
  Reply reply;
  std::vector<std::string> event_ids;  // of a batch, those that are taken
  Json errors = Json::array();
  std::atomic<int> parts{1};
  std::mutex mutex;
  Status failure;  // guarded by mutex until the last part is done
};

void BatchHttp::Write(const std::shared_ptr<Answer>& answer, ProjectKey project, std::vector<Entity> entities,
                      std::vector<ScoreRow> scores) {
  const auto done = [answer](const Status& status) { answer->PartDone(status); };
  if (!scores.empty()) {
    answer->parts.fetch_add(1);
    if (Status status = store_.WriteScores(std::move(scores), done); !status.ok()) done(status);
  }
  if (!entities.empty()) {
    answer->parts.fetch_add(1);
    const auto lane_done = [answer](const Status& status, const std::vector<std::string>& refused) {
      answer->TakeBack(refused);
      answer->PartDone(status);
    };
    if (Status status = lane_.Push(project, std::move(entities), lane_done); !status.ok()) done(status);
  }
  done(OkStatus());
}

void BatchHttp::TakeWhereItMayWait(Take take, HttpRequest request, Reply reply) {
  // A packed body cannot be looked into yet.
  const bool may_wait = MayNameConfig(request.body) || request.headers.Has("content-encoding");
  if (!may_wait) return (this->*take)(std::move(request), std::move(reply));
  auto shared = std::make_shared<Reply>(std::move(reply));  // here for a refusal, on the reader to go on
  const Status taken = store_.Read([this, take, shared, request = std::move(request)](StoreReader&) mutable {
    (this->*take)(std::move(request), std::move(*shared));
  });
  if (!taken.ok()) (*shared)(Refuse(taken));
}

void BatchHttp::HandleBatch(HttpRequest request, Reply reply) {
  TakeWhereItMayWait(&BatchHttp::TakeBatch, std::move(request), std::move(reply));
}

void BatchHttp::HandleScores(HttpRequest request, Reply reply) {
  TakeWhereItMayWait(&BatchHttp::TakeScores, std::move(request), std::move(reply));
}

void BatchHttp::TakeBatch(HttpRequest request, Reply reply) {
  if (request.method != "POST") return reply(Refuse(405, "MethodNotAllowedError", "Method not allowed"));
  Result<KeyStore::ScoreAccess> access = keys_.AuthenticateForScores(request.headers.Get("authorization"));
  if (!access.ok()) return reply(Refuse(access.status()));
  Result<Json> body = ReadJson(request, kMaxBatchBodyBytes);
  if (!body.ok()) {
    if (body.status().code() == StatusCode::kResourceExhausted)
      return reply(Refuse(413, "PayloadTooLargeError", body.status().message()));
    return reply(InvalidRequest(body.status().message()));
  }
  if (!body->is_object() || !body->contains("batch") || !(*body)["batch"].is_array())
    return reply(InvalidRequest("batch: expected an array"));
  Sorted sorted = Sorter(access->project.key, access->scores_only, config_).Sort((*body)["batch"]);
  auto answer = std::make_shared<Answer>(BatchResponse(sorted.event_ids, sorted.errors), std::move(reply));
  answer->event_ids = std::move(sorted.event_ids);
  answer->errors = std::move(sorted.errors);
  Write(answer, access->project.key, std::move(sorted.entities).Take(), std::move(sorted.scores));
}

void BatchHttp::TakeScores(HttpRequest request, Reply reply) {
  Result<KeyStore::ScoreAccess> access = keys_.AuthenticateForScores(request.headers.Get("authorization"));
  if (!access.ok()) return reply(Refuse(access.status()));
  Result<Json> body = ReadJson(request, kMaxApiBodyBytes);
  if (!body.ok()) return reply(InvalidRequest(body.status().message()));
  const std::int64_t now = Clock::System().WallNow().count();
  const bool is_list = body->is_array();
  const Json list = is_list ? *std::move(body) : Json::array({*std::move(body)});
  std::vector<ScoreRow> scores;
  Json errors = Json::array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    Result<ScoreRow> score = ParseScoreByConfig(list[i], access->project.key, now, config_);
    if (!score.ok()) {
      errors.push_back({{"message", fmt::format("[{}] {}", i, score.status().message())}});
      continue;
    }
    if (score->id.empty()) score->id = RandomUuid();
    scores.push_back(*std::move(score));
  }
  if (!is_list && scores.empty())
    return reply(InvalidRequest(errors[0]["message"].get<std::string>().substr(4)));
  HttpResponse good = JsonResponse(202, {{"message", "Accepted"}});
  if (!is_list) good = JsonResponse(200, {{"id", scores[0].id}});
  if (is_list && !errors.empty())
    good = JsonResponse(207, {{"accepted", scores.size()}, {"rejected", errors.size()}, {"errors", errors}});
  Write(std::make_shared<Answer>(std::move(good), std::move(reply)), access->project.key, {},
        std::move(scores));
}

}  // namespace repartee::server
