// Any body, packed or not: refused, or a batch whose spans can be mapped in full.
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/ingest/inflate.h"

namespace {

constexpr std::size_t kLimit = 1 << 20;

struct Mapper final : repartee::otel::TraceVisitor {
  repartee::server::SpanMapper mapper;
  std::size_t observations = 0;

  void OnSpan(const repartee::otel::ResourceView& resource, const repartee::otel::ScopeView& scope,
              const repartee::otel::SpanView& span) override {
    mapper.Use(resource, scope, span);
    observations += mapper.Full().metadata.size();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using repartee::server::ContentCoding;
  std::string body(reinterpret_cast<const char*>(data), size);
  const ContentCoding coding = size > 0 ? static_cast<ContentCoding>(data[0] % 3) : ContentCoding::kIdentity;
  repartee::Result<std::string> inflated = coding == ContentCoding::kIdentity
                                               ? repartee::Result<std::string>(std::move(body))
                                               : repartee::server::Inflate(body.substr(1), coding, kLimit);
  if (!inflated.ok()) return 0;
  Mapper mapper;
  const bool parsed = repartee::otel::ParseTraceRequest(*inflated, {}, mapper).ok();
  const bool built = repartee::server::BuildBatch(1, *std::move(inflated), {}).ok();
  // Both read the same bytes with the same rules.
  if (parsed != built) __builtin_trap();
  return 0;
}
