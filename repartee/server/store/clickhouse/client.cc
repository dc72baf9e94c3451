#include "repartee/server/store/clickhouse/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "repartee/base/encoding.h"
#include "repartee/server/store/clickhouse/fault.h"
#include "repartee/server/store/clickhouse/row_binary.h"

namespace repartee::server::clickhouse {
namespace {

constexpr Version kFirstWithTokens{22, 3};
// The server gives up before we do, so that a query that nobody waits for ends.
constexpr std::chrono::milliseconds kAheadOfUs{2'000};

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// The first words of a statement, for a message.
std::string_view Beginning(std::string_view sql) {
  return sql.substr(0, std::min<std::size_t>(sql.find('\n'), 80));
}

// The name and password that a server refuses are ours, not those of who asks for a trace.
Status AsAskersFault(Status status) {
  switch (status.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kResourceExhausted:
    case StatusCode::kDeadlineExceeded: return status;
    default: return {StatusCode::kInternal, std::string(status.message())};
  }
}

HttpClientOptions OptionsFor(const ClientLimits& limits) {
  HttpClientOptions options;
  options.max_response_bytes = limits.max_answer_bytes;
  return options;
}

}  // namespace

Result<Address> ParseAddress(std::string_view url) {
  Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return std::move(parsed).status().Annotate("URL of ClickHouse");
  if (parsed->scheme != "http" && parsed->scheme != "https")
    return Status::InvalidArgument("URL of ClickHouse: {} is not spoken: give http:// or https://",
                                   parsed->scheme);
  std::string_view path = parsed->target;
  if (path.find('?') != std::string_view::npos)
    return Status::InvalidArgument(
        "URL of ClickHouse: has a query: give http://user:password@host:8123/database");
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!path.empty() && !IsName(path))
    return Status::InvalidArgument(
        "URL of ClickHouse: \"{}\" is no database's name (letters, digits and _): give "
        "http://user:password@host:8123/database",
        path);
  Address address;
  address.database = path.empty() ? "default" : std::string(path);
  const std::string user = parsed->user_info.empty() ? "" : parsed->user_info + "@";
  address.endpoint = fmt::format("{}://{}{}/", parsed->scheme, user, parsed->Authority());
  address.shown = fmt::format("{}://{}/{}", parsed->scheme, parsed->Authority(), address.database);
  return address;
}

std::string SqlText(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::optional<Version> ParseVersion(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  const auto year = std::from_chars(text.data(), end, version.year);
  if (year.ec != std::errc() || year.ptr == end || *year.ptr != '.') return std::nullopt;
  const auto month = std::from_chars(year.ptr + 1, end, version.month);
  if (month.ec != std::errc() || version.year < 1 || version.month < 1) return std::nullopt;
  return version;
}

Client::Client(Address address, ClientLimits limits)
    : address_(std::move(address)), limits_(limits), http_(loop_, OptionsFor(limits)) {}

Result<HttpResponse> Client::Fetch(HttpRequest request) {
  std::optional<Result<HttpResponse>> answer;
  std::unique_ptr<HttpCall> call;
  HttpCallOptions options;
  options.timeout = limits_.timeout;
  // Begun on the running loop: its clock has stood still since the last call, and a limit that was counted
  // from then could be over before the call has begun.
  loop_.Post([&] {
    call = http_.Fetch(std::move(request), options, [&](Result<HttpResponse> result) {
      answer = std::move(result);
      loop_.Stop();
    });
  });
  loop_.Run();
  return *std::move(answer);
}

Result<std::string> Client::Call(std::string_view settings, std::string_view query_in_url, std::string body) {
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::max(limits_.timeout - kAheadOfUs, kAheadOfUs / 2));
  HttpRequest request;
  request.method = "POST";
  request.target = fmt::format("{}?wait_end_of_query=1&max_execution_time={}{}", address_.endpoint,
                               seconds.count(), settings);
  if (!query_in_url.empty()) request.target += "&query=" + PercentEncode(query_in_url);
  request.headers.Set("Content-Type", "application/octet-stream");
  request.body = std::move(body);
  Result<HttpResponse> answer = Fetch(std::move(request));
  if (!answer.ok()) return std::move(answer).status();
  if (answer->status != 200) return FaultOf(answer->status, answer->body);
  return std::move(answer->body);
}

Result<Version> Client::ServerVersion() {
  if (version_) return *version_;
  // Without the database, which may not be there yet.
  Result<std::string> answer = Call("", "", "SELECT version() FORMAT RowBinary");
  if (!answer.ok()) return std::move(answer).status().Annotate("{}", address_.shown);
  RowReader rows(*answer);
  const std::string text(rows.TakeString());
  version_ = ParseVersion(text);
  if (!rows.status().ok() || !rows.AtEnd() || !version_)
    return Status::Malformed(
        "{}: does not answer as ClickHouse does: is that the port of its HTTP interface (8123 as a rule)?",
        address_.shown);
  return *version_;
}

Result<std::string> Client::Select(std::string_view sql) {
  return SelectWith("&database=" + address_.database, sql);
}

Result<std::string> Client::SelectOfServer(std::string_view sql) { return SelectWith("", sql); }

Result<std::string> Client::SelectWith(std::string_view settings, std::string_view sql) {
  Result<std::string> answer = Call(settings, "", fmt::format("{} FORMAT RowBinary", sql));
  if (answer.ok()) return answer;
  return AsAskersFault(std::move(answer).status()).Annotate("{}: {}", address_.shown, Beginning(sql));
}

Status Client::Execute(std::string_view sql) {
  Result<std::string> answer = Call("&database=" + address_.database, "", std::string(sql));
  if (!answer.ok())
    return AsAskersFault(std::move(answer).status()).Annotate("{}: {}", address_.shown, Beginning(sql));
  return OkStatus();
}

Status Client::CreateDatabase() {
  Result<std::string> answer =
      Call("", "", fmt::format("CREATE DATABASE IF NOT EXISTS {}", address_.database));
  if (!answer.ok()) return std::move(answer).status().Annotate("{}: making the database", address_.shown);
  return OkStatus();
}

Status Client::Insert(std::string_view table, std::string_view columns, std::string rows,
                      std::string_view token) {
  const Result<Version> version = ServerVersion();
  if (!version.ok()) return version.status();
  std::string settings = "&database=" + address_.database;
  if (*version >= kFirstWithTokens && !token.empty())
    settings += "&insert_deduplication_token=" + PercentEncode(token);
  const std::size_t bytes = rows.size();
  Result<std::string> answer =
      Call(settings, fmt::format("INSERT INTO {} ({}) FORMAT RowBinary", table, columns), std::move(rows));
  if (!answer.ok())
    return AsAskersFault(std::move(answer).status())
        .Annotate("{}: storing {} bytes of rows in {}", address_.shown, bytes, table);
  return OkStatus();
}

}  // namespace repartee::server::clickhouse
