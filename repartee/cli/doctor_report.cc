#include "repartee/cli/doctor_report.h"

#include <fmt/format.h>

#include <cstdio>

#include "repartee/base/terminal_text.h"

namespace repartee::cli {
namespace {

// A variable may hold anything; nothing of it may drive the terminal.
constexpr std::size_t kMaxText = 600;

}  // namespace

void DoctorReport::Problem(std::string_view check, std::string_view text, std::string_view advice) {
  ++problems_;
  Add("problem", check, text, advice);
}

void DoctorReport::Add(std::string_view verdict, std::string_view check, std::string_view text,
                       std::string_view advice) {
  if (form_ == Form::kJson) {
    Json line = {{"verdict", verdict}, {"check", check}, {"text", text}};
    if (!advice.empty()) line["advice"] = advice;
    checks_.push_back(std::move(line));
    return;
  }
  fmt::print("{:<8} {}: {}\n", verdict, OneLine(check, kMaxText), OneLine(text, kMaxText));
  if (!advice.empty()) fmt::print("{:<8} -> {}\n", "", OneLine(advice, kMaxText));
  std::fflush(stdout);
}

void DoctorReport::Finish() const {
  if (form_ == Form::kJson) {
    const Json whole = {{"problems", problems_}, {"checks", checks_}};
    fmt::print("{}\n", whole.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else if (problems_ == 0) {
    fmt::print("No problem found.\n");
  } else {
    fmt::print("{} problem{} found.\n", problems_, problems_ == 1 ? "" : "s");
  }
  std::fflush(stdout);
}

}  // namespace repartee::cli
