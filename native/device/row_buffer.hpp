#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace gflownet {

// What a buffer of rows may take while it grows, as a multiple of the rows that it is to hold: old and new contents are
// there at once. Holds for RowBuffer and for std::vector, of which only the elements are touched.
constexpr size_t kGrowth = 2;

// Rows of a fixed number of bytes, one after the other. Grows to its high-water mark and stays; growing keeps the
// contents and moves them, so pointers live until the next reserve.
class RowBuffer {
 public:
  explicit RowBuffer(size_t rowBytes) : rowBytes_(rowBytes) {}

  size_t rowBytes() const { return rowBytes_; }

  void reserve(size_t rows) {
    if (rows <= capacity_) return;
    const size_t capacity = std::max(rows, capacity_ + capacity_ / 2);
    Memory grown(static_cast<uint8_t*>(::operator new(capacity * rowBytes_, kAlignment)));
    if (capacity_ > 0) std::memcpy(grown.get(), memory_.get(), capacity_ * rowBytes_);
    std::memset(grown.get() + capacity_ * rowBytes_, 0, (capacity - capacity_) * rowBytes_);
    memory_ = std::move(grown);
    capacity_ = capacity;
  }

  template <class T>
  T* row(size_t row) {
    return reinterpret_cast<T*>(memory_.get() + row * rowBytes_);
  }
  template <class T>
  const T* row(size_t row) const {
    return reinterpret_cast<const T*>(memory_.get() + row * rowBytes_);
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(uint8_t* memory) const { ::operator delete(memory, kAlignment); }
  };
  using Memory = std::unique_ptr<uint8_t, Free>;

  size_t rowBytes_;
  size_t capacity_ = 0;
  Memory memory_;
};

}  // namespace gflownet
