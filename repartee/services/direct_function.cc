#include "repartee/services/direct_function.h"

#include <fmt/format.h>

namespace repartee::direct {

std::string Problem(const Json& arguments, const DirectParameter& parameter, bool optional,
                    bool (*fits)(const Json&), const Json& schema) {
  const auto given = arguments.find(parameter.name);
  if (given == arguments.end()) {
    return optional ? std::string() : fmt::format("the argument {} is missing", parameter.name);
  }
  if (fits(*given)) return {};
  return fmt::format("the argument {} must be of the form {}, not {}", parameter.name, schema.dump(),
                     given->dump());
}

Task<Status> Refuse(FunctionCallParams call, std::string problem) {
  call.result_callback(fmt::format("The function {} was not called: {}.", call.function_name, problem));
  co_return OkStatus();
}

Json MakeSchema(const std::string& name, const std::string& description,
                const std::vector<DirectParameter>& parameters, const std::vector<Json>& types,
                const std::vector<bool>& optional) {
  Json properties = Json::object();
  Json required = Json::array();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Json property = types[i];
    if (!parameters[i].description.empty()) property["description"] = parameters[i].description;
    properties[parameters[i].name] = std::move(property);
    if (!optional[i]) required.push_back(parameters[i].name);
  }
  return {{"name", name},
          {"description", description},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

}  // namespace repartee::direct
