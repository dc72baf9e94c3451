// .env files: settings beside a program, by python-dotenv's rules.
//
//   # comment                       export is allowed: export NAME=value
//   NAME=plain value  # comment     a "#" after a blank begins a comment; a#b stays
//   NAME="a\nb ${OTHER}"            escapes \n \r \t \" \\ and ${NAME}, ${NAME:-default}
//   NAME='as it is'                 nothing is expanded, \' and \\ alone are escapes
//
// A variable of the real environment wins over the file. Quoted values may span lines.
//
// Thread: ParseDotenv any; LoadDotenv before other threads start, since it sets the environment.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/base/status.h"

namespace repartee {

// Name and value in the order of the file.
using DotenvEntries = std::vector<std::pair<std::string, std::string>>;

// `lookup` gives variables that are set already; they win in ${NAME} as well. InvalidArgument with
// "where:line" for the first line that is neither an assignment nor a comment.
using DotenvLookup = std::function<std::optional<std::string>(const std::string& name)>;
Result<DotenvEntries> ParseDotenv(std::string_view text, std::string_view where, const DotenvLookup& lookup);

// Reads the file and sets what the environment does not have yet. A file that is not there is fine.
// InvalidArgument names file and line; then nothing has been set. ResourceExhausted over 1 MiB.
Status LoadDotenv(const std::string& path = ".env");

}  // namespace repartee
