// The keys that go with spans: whether they can be right, and what they are. No text ever shows
// one. Thread: the main one.
#pragma once

#include <string>

#include "repartee/cli/doctor_report.h"
#include "repartee/net/http.h"
#include "repartee/otel/otlp_options.h"

namespace repartee::cli {

void CheckCredentials(DoctorReport& report, const otel::OtlpOptions& options, const Url& url);
// The value of the authorization header; empty if there is none.
std::string AuthorizationOf(const otel::OtlpOptions& options);

}  // namespace repartee::cli
