// Direct functions: a C++ callable as a tool of the model. Its schema is made from the
// types of its parameters, and the model's arguments are checked and converted before
// it runs; wrong ones are answered with a sentence that says what is wrong.
//
//   Task<Status> Weather(FunctionCallParams call, std::string place, std::optional<int> days) { ... }
//   auto weather = MakeDirectFunction("weather", "The weather of a place.", Weather,
//                                     {{"place", "A town"}, {"days", "How many ahead"}});
//   llm.RegisterDirectFunction(weather);  context->SetTools(Json::array({weather.schema}));
//
// Parameters: bool, integers, double, std::string, Json, and std::vector and std::optional
// of them; an optional one need not be given. Thread: the conversation's loop.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "repartee/services/function_calls.h"

namespace repartee {

struct DirectParameter {
  std::string name;
  std::string description{};
};

struct DirectFunction {
  std::string name;
  Json schema;  // {"name", "description", "properties", "required"}, as LLMContext::SetTools takes it
  FunctionHandler handler;
  FunctionOptions options{};
};

namespace direct {

template <class T>
struct Type;
template <>
struct Type<bool> {
  static Json Schema() { return {{"type", "boolean"}}; }
  static bool Fits(const Json& value) { return value.is_boolean(); }
  static bool Take(const Json& value) { return value.get<bool>(); }
};
template <std::integral T>
struct Type<T> {
  static Json Schema() { return {{"type", "integer"}}; }
  static bool Fits(const Json& value) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.get<std::uint64_t>());
    return value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  }
  static T Take(const Json& value) { return value.get<T>(); }
};
template <>
struct Type<double> {
  static Json Schema() { return {{"type", "number"}}; }
  static bool Fits(const Json& value) { return value.is_number(); }
  static double Take(const Json& value) { return value.get<double>(); }
};
template <>
struct Type<std::string> {
  static Json Schema() { return {{"type", "string"}}; }
  static bool Fits(const Json& value) { return value.is_string(); }
  static std::string Take(const Json& value) { return value.get<std::string>(); }
};
template <>
struct Type<Json> {
  static Json Schema() { return Json::object(); }
  static bool Fits(const Json&) { return true; }
  static Json Take(const Json& value) { return value; }
};
template <class T>
struct Type<std::vector<T>> {
  static Json Schema() { return {{"type", "array"}, {"items", Type<T>::Schema()}}; }
  static bool Fits(const Json& value) {
    if (!value.is_array()) return false;
    for (const Json& item : value) {
      if (!Type<T>::Fits(item)) return false;
    }
    return true;
  }
  static std::vector<T> Take(const Json& value) {
    std::vector<T> items;
    for (const Json& item : value) items.push_back(Type<T>::Take(item));
    return items;
  }
};
template <class T>
struct Type<std::optional<T>> {
  static Json Schema() { return Type<T>::Schema(); }
  static bool Fits(const Json& value) { return value.is_null() || Type<T>::Fits(value); }
  static std::optional<T> Take(const Json& value) {
    return value.is_null() ? std::nullopt : std::optional<T>(Type<T>::Take(value));
  }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

// Empty, or what is wrong with the arguments.
std::string Problem(const Json& arguments, const DirectParameter& parameter, bool optional,
                    bool (*fits)(const Json&), const Json& schema);
// Answers the call with it.
Task<Status> Refuse(FunctionCallParams call, std::string problem);
Json MakeSchema(const std::string& name, const std::string& description,
                const std::vector<DirectParameter>& parameters, const std::vector<Json>& types,
                const std::vector<bool>& optional);

template <class... Args>
struct Parameters {
  static constexpr std::size_t kCount = sizeof...(Args);

  static Json Schema(const std::string& name, const std::string& description,
                     const std::vector<DirectParameter>& parameters) {
    return MakeSchema(name, description, parameters, {Type<Args>::Schema()...}, {kIsOptional<Args>...});
  }
  static std::string Check(const Json& arguments, const std::vector<DirectParameter>& parameters) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      std::string problem;
      [[maybe_unused]] const auto check = [&](std::string found) {
        if (problem.empty()) problem = std::move(found);
      };
      (check(Problem(arguments, parameters[I], kIsOptional<Args>, &Type<Args>::Fits, Type<Args>::Schema())),
       ...);
      return problem;
    }(std::index_sequence_for<Args...>());
  }
  template <class F>
  static Task<Status> Call(F& function, FunctionCallParams call,
                           const std::vector<DirectParameter>& parameters) {
    const Json arguments = call.arguments;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return function(std::move(call), Type<Args>::Take(arguments.value(parameters[I].name, Json()))...);
    }(std::index_sequence_for<Args...>());
  }
};

// The parameters behind the first, from a function or a callable object.
template <class F>
struct Traits : Traits<decltype(&F::operator())> {};
template <class... Args>
struct Traits<Task<Status> (*)(FunctionCallParams, Args...)> : Parameters<std::decay_t<Args>...> {};
template <class C, class... Args>
struct Traits<Task<Status> (C::*)(FunctionCallParams, Args...) const> : Parameters<std::decay_t<Args>...> {};

}  // namespace direct

// `function`: a coroutine (FunctionCallParams, parameters by value...) -> Task<Status>, which calls
// call.result_callback. As many `parameters` as it has behind the first.
template <class F>
DirectFunction MakeDirectFunction(std::string name, const std::string& description, F function,
                                  std::vector<DirectParameter> parameters, FunctionOptions options = {}) {
  using Traits = direct::Traits<F>;
  parameters.resize(Traits::kCount);
  DirectFunction made;
  made.schema = Traits::Schema(name, description, parameters);
  made.name = std::move(name);
  made.options = options;
  made.handler = [function, parameters = std::move(parameters)](FunctionCallParams call) {
    std::string problem = Traits::Check(call.arguments, parameters);
    if (!problem.empty()) return direct::Refuse(std::move(call), std::move(problem));
    return Traits::Call(function, std::move(call), parameters);
  };
  return made;
}

}  // namespace repartee
