#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "env/environment.hpp"
#include "error.hpp"

namespace gflownet {

// How a sequence grows by a symbol, every edge once: see src/env/sequence-growth.ts. The members get the symbols of a
// sequence of `length` and change only those.
struct SequenceGrowth {
  enum class Style : uint8_t { append, prependAppend, insert };

  static constexpr int removeLast = 0;
  static constexpr int removeFirst = 1;

  Style style;
  int symbols;  // size of the alphabet, and the entry of an empty position
  int maximum;  // most symbols of a sequence

  static Style styleOf(const std::string& name) {
    if (name == "append") return Style::append;
    if (name == "prepend-append") return Style::prependAppend;
    if (name == "insert") return Style::insert;
    throw Error("ERR_ARGUMENT", "style: expected append, prepend-append or insert, got " + name);
  }

  HD int actions() const noexcept {
    if (style == Style::append) return symbols;
    return style == Style::insert ? maximum * symbols : 2 * symbols;
  }

  HD int backwardActions() const noexcept {
    if (style == Style::append) return 1;
    return style == Style::insert ? maximum : 2;
  }

  HD bool allowed(const int32_t* s, int length, int action) const noexcept {
    if (style == Style::append) return true;
    if (style == Style::prependAppend) return action < symbols || !repeats(s, length, action - symbols);
    const int position = action / symbols;
    return position <= length && (position == 0 || s[position - 1] != action % symbols);
  }

  // mask: [actions] 1 where the action is allowed.
  HD void allowedMask(const int32_t* s, int length, uint8_t* mask) const noexcept {
    const auto row = static_cast<size_t>(symbols);
    if (style != Style::insert) {
      std::memset(mask, 1, static_cast<size_t>(actions()));
      if (style == Style::append) return;
      if (length == 0) std::memset(mask + row, 0, row);
      if (length > 0 && repeats(s, length, s[0])) mask[row + s[0]] = 0;
      return;
    }
    std::memset(mask, 1, row * (length + 1));
    std::memset(mask + row * (length + 1), 0, row * (maximum - length - 1));
    for (int position = 1; position <= length; position++) mask[row * position + s[position - 1]] = 0;
  }

  HD int apply(int32_t* s, int length, int action) const noexcept {
    if (style == Style::insert) {
      const int position = action / symbols;
      insertAt(s, length, position, action % symbols);
      return position;
    }
    if (action >= symbols) {
      insertAt(s, length, 0, action - symbols);
      return removeFirst;
    }
    s[length] = action;
    return removeLast;
  }

  HD bool backwardAllowed(const int32_t* s, int length, int backward) const noexcept {
    if (style == Style::append) return true;
    if (style == Style::prependAppend) return backward == removeLast || !repeats(s, length, s[0]);
    return backward < length && (backward == 0 || s[backward - 1] != s[backward]);
  }

  HD int undo(int32_t* s, int length, int backward) const noexcept {
    if (style == Style::insert) return backward * symbols + removeAt(s, length, backward);
    if (style == Style::append || backward == removeLast) return removeAt(s, length, length - 1);
    return symbols + removeAt(s, length, 0);
  }

 private:
  HD static bool repeats(const int32_t* s, int length, int32_t symbol) noexcept {
    for (int i = 0; i < length; i++) {
      if (s[i] != symbol) return false;
    }
    return true;
  }

  HD static void insertAt(int32_t* s, int length, int position, int32_t symbol) noexcept {
    for (int i = length; i > position; i--) s[i] = s[i - 1];
    s[position] = symbol;
  }

  // Removes and returns the symbol at a position.
  HD int32_t removeAt(int32_t* s, int length, int position) const noexcept {
    const int32_t symbol = s[position];
    for (int i = position; i + 1 < length; i++) s[i] = s[i + 1];
    s[length - 1] = symbols;
    return symbol;
  }
};

}  // namespace gflownet
