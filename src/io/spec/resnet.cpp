// SPDX-License-Identifier: Apache-2.0
// resnet: He et al. 2015 (arXiv:1512.03385), Table 1, with the stride in the 3x3 convolution of a bottleneck, and the names torchvision
// uses.
#include <array>
#include <string>

#include "evenkeel/base/error.hpp"
#include "evenkeel/graph/spec.hpp"
#include "io/spec/builder.hpp"

namespace evenkeel {
namespace {

constexpr std::int64_t classes = 1000;

struct Depth {
  std::int64_t depth;
  bool bottleneck;
  std::array<int, 4> blocks;
};
constexpr std::array<Depth, 5> depths{{{18, false, {2, 2, 2, 2}},
                                       {34, false, {3, 4, 6, 3}},
                                       {50, true, {3, 4, 6, 3}},
                                       {101, true, {3, 4, 23, 3}},
                                       {152, true, {3, 8, 36, 3}}}};

struct Convolution {
  std::int64_t in;
  std::int64_t out;
  std::int64_t kernel;
  std::int64_t stride;
};

std::string conv(SpecBuilder& build, const std::string& input, const Convolution& c, const std::string& name) {
  const std::int64_t pad = c.kernel / 2;
  return build.node("Conv", {input, build.parameter(name + ".weight", {c.out, c.in, c.kernel, c.kernel})}, name,
                    {SpecBuilder::integers("kernel_shape", {c.kernel, c.kernel}), SpecBuilder::integers("strides", {c.stride, c.stride}),
                     SpecBuilder::integers("pads", {pad, pad, pad, pad})});
}

std::string norm(SpecBuilder& build, const std::string& input, std::int64_t channels, const std::string& name) {
  return build.node("BatchNormalization",
                    {input, build.parameter(name + ".weight", {channels}), build.parameter(name + ".bias", {channels}),
                     build.parameter(name + ".running_mean", {channels}), build.parameter(name + ".running_var", {channels})},
                    name);
}

std::string relu(SpecBuilder& build, const std::string& input, const std::string& name) { return build.node("Relu", {input}, name); }

std::string block(SpecBuilder& build, const std::string& input, const Convolution& c, std::int64_t width, bool bottleneck,
                  const std::string& name) {
  std::string branch;
  if (bottleneck) {
    branch = norm(build, conv(build, input, {c.in, width, 1, 1}, name + ".conv1"), width, name + ".bn1");
    branch = relu(build, branch, name + ".relu1");
    branch = norm(build, conv(build, branch, {width, width, 3, c.stride}, name + ".conv2"), width, name + ".bn2");
    branch = relu(build, branch, name + ".relu2");
    branch = norm(build, conv(build, branch, {width, c.out, 1, 1}, name + ".conv3"), c.out, name + ".bn3");
  } else {
    branch = norm(build, conv(build, input, {c.in, width, 3, c.stride}, name + ".conv1"), width, name + ".bn1");
    branch = relu(build, branch, name + ".relu1");
    branch = norm(build, conv(build, branch, {width, c.out, 3, 1}, name + ".conv2"), c.out, name + ".bn2");
  }
  std::string skip = input;
  if (c.stride != 1 || c.in != c.out) {
    skip = norm(build, conv(build, input, {c.in, c.out, 1, c.stride}, name + ".downsample.0"), c.out, name + ".downsample.1");
  }
  return relu(build, build.node("Add", {branch, skip}, name + ".add"), name + ".relu");
}

const Depth& row_of(std::int64_t depth) {
  for (const Depth& row : depths) {
    if (row.depth == depth) return row;
  }
  fail(ErrorCode::invalid_argument, "resnet: expected a depth of 18, 34, 50, 101 or 152, got " + std::to_string(depth));
}

}  // namespace

std::string make_resnet(const Spec& spec) {
  const Depth& row = row_of(spec.widths.front());
  SpecBuilder build;
  build.input("input", 1, {"batch", "3", "224", "224"});
  std::string value = relu(build, norm(build, conv(build, "input", {3, 64, 7, 2}, "conv1"), 64, "bn1"), "relu");
  value = build.node("MaxPool", {value}, "maxpool",
                     {SpecBuilder::integers("kernel_shape", {3, 3}), SpecBuilder::integers("strides", {2, 2}),
                      SpecBuilder::integers("pads", {1, 1, 1, 1})});
  std::int64_t channels = 64;
  for (std::size_t stage = 0; stage < row.blocks.size(); ++stage) {
    const std::int64_t width = std::int64_t{64} << stage;
    const std::int64_t out = row.bottleneck ? 4 * width : width;
    for (int i = 0; i < row.blocks[stage]; ++i) {
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(i);
      value = block(build, value, {channels, out, 0, stride}, width, row.bottleneck, name);
      channels = out;
    }
  }
  value = build.node("Flatten", {build.node("GlobalAveragePool", {value}, "avgpool")}, "flatten");
  build.output(build.gemm(value, channels, classes, "fc"), "output", {"batch", std::to_string(classes)});
  return build.finish("resnet" + std::to_string(row.depth));
}

}  // namespace evenkeel
