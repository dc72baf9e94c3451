#include "repartee/agent/agent_stack.h"

namespace repartee {

Result<std::unique_ptr<AgentStack>> AgentStack::Load(const AgentSettings&) {
  return Status::Unimplemented(
      "this program was built without the local speech models; build it with ./run build, "
      "or configure with -DREPARTEE_LOCAL=ON");
}

}  // namespace repartee
