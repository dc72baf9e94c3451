#include "repartee/server/api/route.h"

#include "repartee/base/encoding.h"
#include "repartee/server/api/annotation_queues.h"

namespace repartee::server {
namespace {

std::string_view TakeSegment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

bool MatchRoute(std::string_view pattern, std::string_view path, std::vector<std::string>& parts) {
  parts.clear();
  while (true) {
    const std::string_view wanted = TakeSegment(pattern);
    const std::string_view given = TakeSegment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      parts.push_back(PercentDecode(given));
    } else if (wanted != given) {
      return false;
    }
    if (pattern.empty() || path.empty()) return pattern.empty() && path.empty();
    pattern.remove_prefix(1);
    path.remove_prefix(1);
  }
}

const std::vector<Route>& AllRoutes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    for (const auto resource : {AnnotationQueueRoutes(), CommentRoutes(), DatasetRoutes(), DatasetRunRoutes(),
                                ExperimentRoutes(), MetricsRoutes(), ModelRoutes(), ObservationRoutes(),
                                ObservationV2Routes(), ProjectRoutes(), PromptRoutes(), ScoreConfigRoutes(),
                                ScoreRoutes(), ScoreV3Routes(), SessionRoutes(), TraceRoutes()}) {
      all.insert(all.end(), resource.begin(), resource.end());
    }
    return all;
  }();
  return routes;
}

}  // namespace repartee::server
