// SPDX-License-Identifier: Apache-2.0
// Bytes of small safetensors and .npy files, for tests that look at what the library makes of them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace evenkeel::test {

inline std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? value >> (8 * i) : 0);
  return bytes;
}

inline std::string safetensors_file(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

inline std::string npy_file(const std::string& type, bool column_major, const std::string& shape, const std::string& data) {
  std::string header = "{'descr': '";
  header.append(type).append("', 'fortran_order': ").append(column_major ? "True" : "False").append(", 'shape': ");
  header.append(shape).append(", }\n");
  return std::string("\x93NUMPY\x01\x00", 8) + little_endian(header.size(), 2) + header + data;
}

/// A zip file of stored members; checksums are given, since zlib is what is tested.
class ZipBuilder {
 public:
  ZipBuilder& add(const std::string& name, const std::string& content, std::uint32_t crc) {
    std::string common = little_endian(20, 2) + little_endian(0, 8) + little_endian(crc, 4);
    common += little_endian(content.size(), 4) + little_endian(content.size(), 4) + little_endian(name.size(), 2) + little_endian(0, 2);
    directory_ += little_endian(0x02014b50, 4) + little_endian(20, 2) + common + little_endian(0, 10);
    directory_ += little_endian(members_.size(), 4) + name;
    members_ += little_endian(0x04034b50, 4) + common + name + content;
    ++count_;
    return *this;
  }
  [[nodiscard]] std::string file() const {
    return members_ + directory_ + little_endian(0x06054b50, 4) + little_endian(0, 4) + little_endian(count_, 2) +
           little_endian(count_, 2) + little_endian(directory_.size(), 4) + little_endian(members_.size(), 4) + little_endian(0, 2);
  }

 private:
  std::string members_, directory_;
  std::uint64_t count_ = 0;
};

}  // namespace evenkeel::test
