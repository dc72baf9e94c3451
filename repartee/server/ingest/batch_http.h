// Batch ingestion: POST /api/public/ingestion, where older SDKs send everything and
// newer ones scores, and POST /api/public/scores. Events are checked one by one:
// a bad one does not spoil the others. The answer comes when the good ones are on disk.
//
// Thread: from any; the reply comes on the same thread or on one of the store's.
#pragma once

#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/batch/batch_lane.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

class BatchHttp {
 public:
  // All are borrowed; the store is stopped before this goes.
  BatchHttp(Store& store, const KeyStore& keys, ConfigStore& config, MappingOptions mapping)
      : store_(store), keys_(keys), config_(config), lane_(store, mapping) {}

  void HandleBatch(HttpRequest request, Reply reply);
  // One score, or an array of them.
  void HandleScores(HttpRequest request, Reply reply);

 private:
  struct Answer;
  using Take = void (BatchHttp::*)(HttpRequest, Reply);
  // Here, or on a reader's thread if score configs have to be looked up.
  void TakeWhereItMayWait(Take take, HttpRequest request, Reply reply);
  void TakeBatch(HttpRequest request, Reply reply);
  void TakeScores(HttpRequest request, Reply reply);
  void Write(const std::shared_ptr<Answer>& answer, ProjectKey project, std::vector<Entity> entities,
             std::vector<ScoreRow> scores);

  Store& store_;
  const KeyStore& keys_;
  ConfigStore& config_;
  BatchLane lane_;
};

}  // namespace repartee::server
