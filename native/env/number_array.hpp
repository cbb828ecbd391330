#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "env/environment.hpp"
#include "env/parameters.hpp"

namespace gflownet {

// Numbers among an environment's parameters, shared by its copies: a list, or a text as src/env/packed-numbers.ts
// writes it.
class NumberArray {
 public:
  // No numbers.
  NumberArray() = default;

  explicit NumberArray(std::vector<double> values)
      : storage_(std::make_shared<const std::vector<double>>(std::move(values))),
        data_(storage_->data()),
        size_(storage_->size()) {}

  // The parameter of this name, none if it is absent. Throws ERR_ARGUMENT unless there are `count` of them.
  NumberArray(const Parameters& parameters, const std::string& name, size_t count);

  HD bool empty() const noexcept { return size_ == 0; }
  HD size_t size() const noexcept { return size_; }
  HD double operator[](size_t i) const noexcept { return data_[i]; }

 private:
  std::shared_ptr<const std::vector<double>> storage_;
  const double* data_ = nullptr;  // into storage_
  size_t size_ = 0;
};

// The numbers of a parameter of any length, an empty list if it is absent.
std::vector<double> readNumbers(const Parameters& parameters, const std::string& name);

}  // namespace gflownet
