// RunningFunctionCalls: which tools run, as their frames tell. Both twins of a pair may
// be seen, so calls are known by id and not counted. Thread: the conversation's loop.
#pragma once

#include <set>
#include <string>

#include "repartee/frames/frame.h"

namespace repartee {

class RunningFunctionCalls {
 public:
  void Process(const Frame& frame);
  bool any() const { return !ids_.empty(); }

 private:
  std::set<std::string, std::less<>> ids_;
};

}  // namespace repartee
