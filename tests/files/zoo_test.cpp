// SPDX-License-Identifier: Apache-2.0
// Real ONNX files, where EVENKEEL_ZOO names a folder of them: read whole, and written unchanged byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>

#include "evenkeel/io/model.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

TEST(Zoo, EveryFileIsReadAndWrittenUnchanged) {
  const char* const zoo = std::getenv("EVENKEEL_ZOO");
  if (zoo == nullptr || !std::filesystem::is_directory(zoo)) GTEST_SKIP() << "EVENKEEL_ZOO names no folder of ONNX files";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(zoo)) {
    if (entry.path().extension() != ".onnx") continue;
    const TemporaryFolder folder;
    const auto error = caught([&] {
      const Model model = read_model(entry.path().string());
      for (std::size_t i = 0; i < model.graph.tensors.size(); ++i) {
        const auto id = static_cast<TensorId>(i);
        if (model.weights->has_values(id)) (void)numbers_of(*model.weights, model.graph, id, 1);
      }
      write_model(model, folder / "out.onnx", {});
    });
    ASSERT_FALSE(error) << entry.path() << ": " << error->message;
    EXPECT_EQ(bytes_of_file(folder / "out.onnx"), bytes_of_file(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 0) << zoo;
}

}  // namespace
}  // namespace evenkeel::test
