#include "repartee/base/guarded.h"

#include <exception>

#include "repartee/base/log.h"

namespace repartee {

void LogThrown(const char* what) {
  try {
    throw;
  } catch (const std::exception& error) {
    LogError("{} threw an exception, which is ignored: {}", what, error.what());
  } catch (...) {
    LogError("{} threw an exception of an unknown kind, which is ignored", what);
  }
}

}  // namespace repartee
