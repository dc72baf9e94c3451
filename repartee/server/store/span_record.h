// What ingest hands to a store: a request's spans, each with its narrow facts and
// views of its bytes, and the body that all the views point into.
//
// Thread: values; a batch moves from the connection's thread to the writer's.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/model/ids.h"
#include "repartee/server/model/observation.h"

namespace repartee::server {

// A project's number in meta.db.
using ProjectKey = std::int64_t;

struct SpanRecord {
  TraceId trace_id;
  SpanId span_id = 0;
  SpanId parent_id = 0;  // 0: none
  SpanFacts facts;
  std::string_view name;
  std::string_view model;
  std::string_view provider;
  std::string_view raw;                           // the span's protobuf message
  std::string_view resource;                      // its resource's message
  std::string_view scope;                         // its scope's message
  std::unique_ptr<const std::string> made_name;   // what `name` points to, where the span does not hold it
  std::unique_ptr<const std::string> made_model;  // the same of `model`
  std::string foreign_trace_id;                   // if trace_id is the hash of a text
  std::string environment;
  std::string preview_input;            // at most kPreviewBytes
  std::string preview_output;           // at most kPreviewBytes
  std::unique_ptr<TraceFields> fields;  // null: says nothing of its trace
};

struct SpanBatch {
  ProjectKey project = 0;
  std::string body;
  std::list<std::string> made_spans;  // what records point to instead of the body
  std::vector<SpanRecord> spans;
};

// The record of the span that `mapper` uses now; nothing if an id is not well made.
std::optional<SpanRecord> MakeRecord(const SpanMapper& mapper, const otel::ResourceView& resource,
                                     const otel::ScopeView& scope, const otel::SpanView& span);

}  // namespace repartee::server
