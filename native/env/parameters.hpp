#pragma once

#include <cmath>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "error.hpp"

namespace gflownet {

// The resolved parameters of an environment, as src/env has checked them. The getters re-check what guards memory and
// throw ERR_ARGUMENT naming the parameter.
struct Parameters {
  using Value = std::variant<double, bool, std::string, std::vector<double>, std::vector<std::string>>;
  std::map<std::string, Value> values;

  double number(const std::string& name) const { return get<double>(name, "a number"); }

  double number(const std::string& name, double fallback) const {
    return values.contains(name) ? number(name) : fallback;
  }

  // An integer in [minimum, maximum].
  int integer(const std::string& name, int minimum, int maximum) const {
    const double value = number(name);
    if (!(value >= minimum && value <= maximum) || value != std::floor(value)) {
      throw Error("ERR_ARGUMENT", name + ": expected an integer from " + std::to_string(minimum) + " to " +
                                      std::to_string(maximum) + ", got " + std::to_string(value));
    }
    return static_cast<int>(value);
  }

  const std::string& text(const std::string& name) const { return get<std::string>(name, "a string"); }

  const std::vector<std::string>& texts(const std::string& name) const {
    return get<std::vector<std::string>>(name, "a list of strings");
  }

 private:
  template <class T>
  const T& get(const std::string& name, const char* expected) const {
    const auto found = values.find(name);
    const T* value = found == values.end() ? nullptr : std::get_if<T>(&found->second);
    if (value == nullptr) {
      const char* got = found == values.end() ? "nothing" : "another type";
      throw Error("ERR_ARGUMENT", name + ": expected " + expected + ", got " + got);
    }
    return *value;
  }
};

}  // namespace gflownet
