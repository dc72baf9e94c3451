// What deletion would free.
#include <filesystem>

#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/text_file.h"

namespace repartee::server {
namespace {

std::int64_t SizeOf(const std::string& path) {
  std::int64_t bytes = 0;
  for (const char* part : {"", "-wal"}) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path + part, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

}  // namespace

Result<FreedRoom> Reader::RoomBefore(ProjectKey project, int first_day) {
  FreedRoom room;
  for (const int number : ListDays(folder_)) {
    if (number >= first_day) continue;
    Result<ReadDay*> day = Day(number);
    if (!day.ok() && MayPassOver(number, day.status())) continue;
    if (!day.ok()) return std::move(day).status();
    Result<Statement> counts = (*day)->database->Prepare(
        "SELECT count(*) FILTER(WHERE project=?1),ifnull(sum(spans) FILTER(WHERE project=?1),0),"
        "ifnull(sum(spans),0) FROM trace");
    if (!counts.ok()) return std::move(counts).status();
    counts->Bind(1, project);
    if (Result<bool> row = counts->Step(); !row.ok()) return std::move(row).status();
    if (counts->Integer(2) == 0) continue;
    room.traces += counts->Integer(0);
    const std::int64_t bytes = SizeOf(DayPath(folder_, number)) + SizeOf(TextPath(folder_, number));
    room.bytes +=
        static_cast<std::int64_t>(static_cast<double>(bytes) * static_cast<double>(counts->Integer(1)) /
                                  static_cast<double>(counts->Integer(2)));
  }
  return room;
}

}  // namespace repartee::server
