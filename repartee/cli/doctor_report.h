// DoctorReport: what a doctor finds, a line a check, printed as it is found.
//
// Thread: the main one.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/json.h"

namespace repartee::cli {

class DoctorReport {
 public:
  enum class Form : unsigned char {
    kText,
    kJson
  };
  explicit DoctorReport(Form form) : form_(form) {}

  void Ok(std::string_view check, std::string_view text) { Add("ok", check, text, ""); }
  // Nothing is wrong, but it is worth to know.
  void Note(std::string_view check, std::string_view text) { Add("note", check, text, ""); }
  // `advice`: what to do; empty when the text says so.
  void Problem(std::string_view check, std::string_view text, std::string_view advice = "");
  // The last line, or everything as one object.
  void Finish() const;

  int problems() const { return problems_; }

 private:
  void Add(std::string_view verdict, std::string_view check, std::string_view text, std::string_view advice);

  const Form form_;
  int problems_ = 0;
  Json checks_ = Json::array();
};

}  // namespace repartee::cli
