#include "env/number_array.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <variant>

namespace gflownet {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::vector<uint8_t> decodeBase64(std::string_view text) {
  std::array<int, 256> valueOf{};
  valueOf.fill(-1);
  for (size_t i = 0; i < digits.size(); i++) valueOf[static_cast<uint8_t>(digits[i])] = static_cast<int>(i);
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t window = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = valueOf[static_cast<uint8_t>(c)];
    if (value < 0) break;  // the padding
    window = (window << 6U) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<uint8_t>(window >> static_cast<uint32_t>(bits)));
    }
  }
  return bytes;
}

template <class Float>
std::vector<double> floats(const std::vector<uint8_t>& bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::vector<double> values(bytes.size() / sizeof(Float));
  for (size_t i = 0; i < values.size(); i++) {
    Float value = 0;
    std::memcpy(&value, bytes.data() + i * sizeof(Float), sizeof(Float));
    values[i] = static_cast<double>(value);
  }
  return values;
}

std::vector<double> unpack(const std::string& name, std::string_view text) {
  constexpr size_t prefix = std::string_view("float32:").size();
  if (text.starts_with("float32:")) return floats<float>(decodeBase64(text.substr(prefix)));
  if (text.starts_with("float64:")) return floats<double>(decodeBase64(text.substr(prefix)));
  throw Error("ERR_ARGUMENT", name + ": expected packed numbers, got another text");
}

}  // namespace

std::vector<double> readNumbers(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.values.find(name);
  if (found == parameters.values.end()) return {};
  if (const auto* text = std::get_if<std::string>(&found->second)) return unpack(name, *text);
  if (const auto* list = std::get_if<std::vector<double>>(&found->second)) return *list;
  throw Error("ERR_ARGUMENT", name + ": expected numbers, got another type");
}

NumberArray::NumberArray(const Parameters& parameters, const std::string& name, size_t count) {
  if (!parameters.values.contains(name)) return;
  *this = NumberArray(readNumbers(parameters, name));
  if (size_ != count) {
    throw Error("ERR_ARGUMENT",
                name + ": expected " + std::to_string(count) + " numbers, got " + std::to_string(size_));
  }
}

}  // namespace gflownet
