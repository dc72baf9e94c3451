#include "repartee/otel/export_thread.h"

namespace repartee::otel {

ExportThread::ExportThread() : thread_([this] { loop_.Run(); }) {}

void ExportThread::Stop() {
  if (!thread_.joinable()) return;
  // Posted, so that a loop which has not begun to run yet stops as well.
  loop_.Post([this] { loop_.Stop(); });
  thread_.join();
}

}  // namespace repartee::otel
