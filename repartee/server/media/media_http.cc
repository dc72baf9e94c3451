#include "repartee/server/media/media_http.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>

#include "repartee/base/clock.h"
#include "repartee/base/encoding.h"
#include "repartee/base/json.h"
#include "repartee/base/random.h"
#include "repartee/server/limits.h"
#include "repartee/server/media/byte_range.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::string_view kPrefix = "/api/public/media";
constexpr std::string_view kUploadPath = "/api/public/media/upload/";
constexpr std::int64_t kUrlLifeNs = 3'600LL * 1'000'000'000LL;

HttpResponse JsonResponse(int status, const Json& body) {
  return HttpResponse::Json(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

HttpResponse Refuse(int status, std::string_view error, std::string_view message) {
  return JsonResponse(status, {{"message", message}, {"error", error}});
}

HttpResponse Refuse(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument: return Refuse(400, "InvalidRequestError", status.message());
    case StatusCode::kUnauthenticated: return JsonResponse(401, {{"message", status.message()}});
    case StatusCode::kPermissionDenied: return JsonResponse(403, {{"message", status.message()}});
    case StatusCode::kNotFound: return Refuse(404, "LangfuseNotFoundError", status.message());
    default: {
      HttpResponse response = Refuse(503, "ServiceUnavailableError", status.message());
      response.headers.Add("Retry-After", "1");
      return response;
    }
  }
}

std::string TextOf(const Json& body, const char* key) {
  return body.contains(key) && body[key].is_string() ? body[key].get<std::string>() : std::string();
}

struct Announced {
  MediaRecord record;
  MediaLink link;
};

Result<Announced> ReadAnnouncement(const std::string& text) {
  const Result<Json> body = ParseJson(text);
  if (!body.ok() || !body->is_object()) return Status::InvalidArgument("expected a JSON object");
  Announced said;
  said.link = {TextOf(*body, "traceId"), TextOf(*body, "observationId"), TextOf(*body, "field")};
  // A dataset item's media belong to it instead of a trace.
  if (said.link.trace_id.empty() && !TextOf(*body, "datasetItemId").empty())
    said.link = {"dataset:" + TextOf(*body, "datasetId"), TextOf(*body, "datasetItemId"), said.link.field};
  if (said.link.trace_id.empty() || said.link.trace_id.size() > kMaxIdBytes)
    return Status::InvalidArgument("traceId: missing or too long");
  constexpr std::string_view kFields[] = {"input", "output", "metadata", "expectedOutput"};
  if (std::find(std::begin(kFields), std::end(kFields), said.link.field) == std::end(kFields))
    return Status::InvalidArgument("field: one of input, output, metadata");
  said.record.content_type = TextOf(*body, "contentType");
  const std::string& type = said.record.content_type;
  if (type.find('/') == std::string::npos || type.size() > 200 ||
      type.find_first_of("\r\n") != std::string::npos)
    return Status::InvalidArgument("contentType: expected a media type");
  const Json length = body->value("contentLength", Json());
  if (!length.is_number_integer() || length.get<std::int64_t>() <= 0)
    return Status::InvalidArgument("contentLength: expected a positive integer");
  said.record.content_length = length.get<std::int64_t>();
  if (static_cast<std::size_t>(said.record.content_length) > kMaxMediaBytes)
    return Status::InvalidArgument("contentLength: at most {} bytes", kMaxMediaBytes);
  const Result<std::string> hash = Base64Decode(TextOf(*body, "sha256Hash"));
  if (!hash.ok() || hash->size() != 32)
    return Status::InvalidArgument("sha256Hash: expected the base64 of 32 bytes");
  said.record.sha256 = *hash;
  said.record.id = MediaIdOf(*hash);
  return said;
}

std::int64_t Now() { return Clock::System().WallNow().count(); }

}  // namespace

MediaHttp::MediaHttp(Store& store, const KeyStore& keys, MediaStore& media)
    : store_(store), keys_(keys), media_(media), secret_(SecureRandomBytes(32)) {}

bool MediaHttp::Takes(std::string_view path) { return path == "media" || path.starts_with("media/"); }

std::string MediaHttp::Sign(std::string_view what, ProjectKey project, const std::string& id,
                            std::int64_t until) const {
  const std::string text = fmt::format("{}.{}.{}.{}", what, project, id, until);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return fmt::format("{}.{}.{}.{}", project, id, until,
                     HexEncode({reinterpret_cast<const char*>(digest), size}));
}

std::string MediaHttp::UrlOf(const HttpRequest& request, std::string_view what, ProjectKey project,
                             const std::string& id, std::int64_t until) const {
  const std::string_view forwarded = request.headers.Get("x-forwarded-proto");
  return fmt::format("{}://{}{}/{}/{}", forwarded == "https" ? "https" : "http", request.headers.Get("host"),
                     kPrefix, what, Sign(what, project, id, until));
}

Result<MediaHttp::Signed> MediaHttp::CheckUrl(std::string_view what, std::string_view token) const {
  const Status refused = Status::PermissionDenied("this URL is not valid any more");
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const std::size_t third = token.find('.', second + 1);
  if (first == std::string_view::npos || second == std::string_view::npos || third == std::string_view::npos)
    return refused;
  Signed made;
  std::int64_t until = 0;
  std::from_chars(token.data(), token.data() + first, made.project);
  made.id = token.substr(first + 1, second - first - 1);
  std::from_chars(token.data() + second + 1, token.data() + third, until);
  const std::string expected = Sign(what, made.project, made.id, until);
  const bool is_ours =
      expected.size() == token.size() && CRYPTO_memcmp(expected.data(), token.data(), token.size()) == 0;
  if (!is_ours || until < Now()) return refused;
  return made;
}

void MediaHttp::Handle(HttpRequest request, Reply reply) const {
  Result<Project> caller = keys_.Authenticate(request.headers.Get("authorization"));
  HandleOf(std::move(caller), std::move(request), std::move(reply));
}

void MediaHttp::HandleOf(Result<Project> caller, HttpRequest request, Reply reply) const {
  auto shared = std::make_shared<Reply>(std::move(reply));
  const Status taken =
      store_.Read([this, shared, caller = std::move(caller), request = std::move(request)](StoreReader&) {
        std::string_view path = request.path;
        path.remove_prefix(std::min(path.size(), kPrefix.size()));
        (*shared)(Answer(caller, request, path));
      });
  if (!taken.ok()) (*shared)(Refuse(Status::Unavailable("{}", taken.message())));
}

void MediaHttp::NoteBody(std::string_view path, std::size_t received) const {
  if (!path.starts_with(kUploadPath)) return;
  const Result<Signed> url = CheckUrl("upload", path.substr(kUploadPath.size()));
  if (url.ok()) media_.NoteProgress(url->project, url->id, static_cast<std::int64_t>(received));
}

HttpResponse MediaHttp::Answer(const Result<Project>& project, const HttpRequest& request,
                               std::string_view path) const {
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (path.starts_with("/upload/")) {
    if (request.method != "PUT") return Refuse(405, "MethodNotAllowedError", "Method not allowed");
    return Upload(request, path.substr(8));
  }
  if (path.starts_with("/download/") && is_read) return Download(request, path.substr(10));
  if (!project.ok()) return Refuse(project.status());
  if (path.empty() && request.method == "POST") return Announce(request, *project);
  const std::string id(path.empty() ? "" : path.substr(1));
  if (is_read && !id.empty()) return Describe(request, *project, id);
  // Clients report how their upload went; what counts is what has arrived here.
  if (request.method == "PATCH" && !id.empty()) return JsonResponse(200, {{"message", "OK"}});
  return Refuse(405, "MethodNotAllowedError", "Method not allowed");
}

HttpResponse MediaHttp::Announce(const HttpRequest& request, const Project& project) const {
  Result<Announced> said = ReadAnnouncement(request.body);
  if (!said.ok()) return Refuse(said.status());
  Result<bool> is_here = media_.Announce(project.key, said->record, said->link);
  if (!is_here.ok()) return Refuse(is_here.status());
  Json answer = {{"mediaId", said->record.id}, {"uploadUrl", nullptr}};
  if (!*is_here)
    answer["uploadUrl"] = UrlOf(request, "upload", project.key, said->record.id, Now() + kUrlLifeNs);
  return JsonResponse(201, answer);
}

HttpResponse MediaHttp::Describe(const HttpRequest& request, const Project& project,
                                 const std::string& id) const {
  Result<std::optional<MediaRecord>> found = media_.Find(project.key, id);
  if (!found.ok()) return Refuse(found.status());
  if (!*found || (*found)->uploaded_ns == 0) return Refuse(Status::NotFound("Media asset not found"));
  const std::int64_t until = Now() + kUrlLifeNs;
  return JsonResponse(200, {{"mediaId", id},
                            {"contentType", (*found)->content_type},
                            {"contentLength", (*found)->content_length},
                            {"uploadedAt", FormatIsoTime((*found)->uploaded_ns)},
                            {"url", UrlOf(request, "download", project.key, id, until)},
                            {"urlExpiry", FormatIsoTime(until)}});
}

HttpResponse MediaHttp::Upload(const HttpRequest& request, std::string_view token) const {
  Result<Signed> url = CheckUrl("upload", token);
  if (!url.ok()) return Refuse(url.status());
  if (Status status = media_.Upload(url->project, url->id, request.body); !status.ok()) return Refuse(status);
  return {};
}

HttpResponse MediaHttp::Download(const HttpRequest& request, std::string_view token) const {
  Result<Signed> url = CheckUrl("download", token);
  if (!url.ok()) return Refuse(url.status());
  Result<std::optional<MediaRecord>> record = media_.Find(url->project, url->id);
  if (!record.ok()) return Refuse(record.status());
  if (!*record) return Refuse(Status::NotFound("Media asset not found"));
  const std::int64_t size = (*record)->content_length;
  HttpResponse response;
  response.headers.Add("Content-Type", (*record)->content_type);
  // Whatever was uploaded is never a page of ours.
  response.headers.Add("Content-Security-Policy", "sandbox");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  const std::optional<ByteRange> range = ApplyRange(request.headers.Get("range"), size, response);
  if (!range) return response;
  Result<std::string> bytes = media_.Read(url->project, url->id, range->first, range->count);
  if (!bytes.ok()) return Refuse(bytes.status());
  response.body = *std::move(bytes);
  return response;
}

}  // namespace repartee::server
