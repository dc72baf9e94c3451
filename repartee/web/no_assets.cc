// A build without the pages (-DREPARTEE_WEB=OFF).
#include "repartee/web/assets.h"

namespace repartee::web {

std::span<const WebAsset> Assets() { return {}; }

}  // namespace repartee::web
