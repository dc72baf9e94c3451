// What a handler of the dashboard's API works with, and how it answers. Handlers run
// on a store reader's thread; their answers are whole.
//
// Thread: as said.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/net/http.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/store/store.h"
#include "repartee/server/ui/server_facts.h"
#include "repartee/server/ui/ui_door.h"

namespace repartee::server {

class Recordings;

// All borrowed for the call.
struct UiCall {
  const HttpRequest& request;
  const Project& project;
  const std::vector<std::string>& path;  // behind /api/ui, decoded: {"conversations", ID}
  StoreReader& reader;
  Store& store;
  const MappingOptions& mapping;
  std::int64_t now_ns = 0;
  const UiAccess& access;
  const UiDoor& door;
  KeyStore& keys;
  UserStore& users;
  ConfigStore& config;
  ProjectPrices& prices;
  const ServerFacts& facts;
  Recordings* recordings;  // null: none are kept
};

// The shape of every error answer; `fix` says what to do, if anything can be done, `code`
// is for faults that the page acts on.
HttpResponse UiError(int status, std::string_view message, std::string_view fix = "",
                     std::string_view code = "");
HttpResponse UiError(const Status& status);

// Query parameters; the first fault is kept and answers the request.
class UiQuery {
 public:
  explicit UiQuery(const HttpRequest& request) : request_(request) {}

  std::optional<std::string> Text(std::string_view name);
  std::vector<std::string> Texts(std::string_view name);
  // Milliseconds, not negative, fractions allowed; in nanoseconds.
  std::optional<std::int64_t> Millis(std::string_view name);
  std::int64_t Integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most);
  // Any finite number.
  std::optional<double> Number(std::string_view name);
  bool Flag(std::string_view name);
  void Fault(std::string_view name, std::string_view why);

  bool ok() const { return fault_.empty(); }
  HttpResponse Refusal() const { return UiError(400, fault_); }

 private:
  const HttpRequest& request_;
  std::string fault_;
};

HttpResponse UiConversations(const UiCall& call);
HttpResponse UiConversation(const UiCall& call);
HttpResponse UiTombstone(const UiCall& call);
HttpResponse UiSpans(const UiCall& call);
HttpResponse UiSpan(const UiCall& call);
HttpResponse UiNotes(const UiCall& call);
HttpResponse UiNewComment(const UiCall& call);
HttpResponse UiNewScore(const UiCall& call);
HttpResponse UiAudio(const UiCall& call);
HttpResponse UiRecording(const UiCall& call);
HttpResponse UiPeaks(const UiCall& call);
HttpResponse UiAlerts(const UiCall& call);
HttpResponse UiAlertPreview(const UiCall& call);
HttpResponse UiNewAlert(const UiCall& call);
HttpResponse UiMuteAlert(const UiCall& call);
HttpResponse UiRemoveAlert(const UiCall& call);
HttpResponse UiSpanList(const UiCall& call);
HttpResponse UiSpanPoints(const UiCall& call);
HttpResponse UiSessions(const UiCall& call);
HttpResponse UiCallers(const UiCall& call);
HttpResponse UiLatency(const UiCall& call);
HttpResponse UiSeries(const UiCall& call);
HttpResponse UiHeatmap(const UiCall& call);
HttpResponse UiReplyParts(const UiCall& call);
HttpResponse UiTurns(const UiCall& call);
HttpResponse UiFacets(const UiCall& call);
HttpResponse UiRetention(const UiCall& call);
HttpResponse UiChangeRetention(const UiCall& call);
HttpResponse UiHistogram(const UiCall& call);
HttpResponse UiSession(const UiCall& call);
HttpResponse UiServer(const UiCall& call);
HttpResponse UiKeys(const UiCall& call);
HttpResponse UiNewKey(const UiCall& call);
HttpResponse UiRevokeKey(const UiCall& call);
HttpResponse UiProjects(const UiCall& call);
HttpResponse UiNewProject(const UiCall& call);
HttpResponse UiChangeProject(const UiCall& call);
HttpResponse UiChangeOrganisation(const UiCall& call);
HttpResponse UiMembers(const UiCall& call);
HttpResponse UiNewMember(const UiCall& call);
HttpResponse UiChangeMember(const UiCall& call);
HttpResponse UiRemoveMember(const UiCall& call);
HttpResponse UiChangePassword(const UiCall& call);
HttpResponse UiPrices(const UiCall& call);
HttpResponse UiNewPrice(const UiCall& call);
HttpResponse UiRemovePrice(const UiCall& call);

// Milliseconds since the epoch; null for 0, which is never.
Json TimeMs(std::int64_t ns);

// The trace that path[1] names; NotFound says what may be the reason.
Result<TraceRow> FindConversation(const UiCall& call);

}  // namespace repartee::server
