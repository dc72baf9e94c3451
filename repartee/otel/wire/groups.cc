#include "repartee/otel/wire/groups.h"

#include <algorithm>

namespace repartee::otel {

std::vector<ResourceGroup> GroupSpans(std::span<const SpanPtr> spans) {
  std::vector<ResourceGroup> groups;
  for (const SpanPtr& span : spans) {
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const ResourceGroup& g) { return g.resource == span->resource.get(); });
    if (group == groups.end()) group = groups.insert(group, {.resource = span->resource.get(), .scopes = {}});
    auto scope = std::find_if(group->scopes.begin(), group->scopes.end(),
                              [&](const ScopeGroup& s) { return *s.name == span->scope_name; });
    if (scope == group->scopes.end())
      scope = group->scopes.insert(scope, {.name = &span->scope_name, .spans = {}});
    scope->spans.push_back(span.get());
  }
  return groups;
}

}  // namespace repartee::otel
