// SPDX-License-Identifier: Apache-2.0
// Checks the arguments, cuts the work into pieces, calls the kernels. A value never depends on its piece: only on its stream index.
#include "evenkeel/fill/fill.hpp"

#include <string>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/base/parallel.hpp"
#include "fill/huge_pages.hpp"
#include "fill/layout.hpp"
#include "fill/prepare.hpp"
#include "fill/source.hpp"
#include "fill/tiling.hpp"

namespace evenkeel {
namespace {

void check_memory(const TensorView& out) {
  if (out.data == nullptr)
    fail(ErrorCode::invalid_argument, "fill: expected memory for shape " + to_string(out.shape) + ", got a null pointer");
}

// Whether the elements lie in one piece of memory, in whatever order.
bool is_dense(const Layout& layout) {
  std::int64_t last = 0;
  for (const Axis& axis : layout.axes) last += (axis.size - 1) * axis.memory;
  return last + 1 == layout.count;
}

}  // namespace

void fill(const TensorView& out, const Distribution& distribution, Stream stream, const FillOptions& options) {
  const DefaultFloatingPoint environment;
  const Source source(choose_table(options.backend), prepare(distribution, out.dtype, stream), out.dtype);
  char* data = static_cast<char*>(out.data);
  if (options.view.is_identity() && out.strides.empty()) {  // the usual case, without a layout: small tensors are many
    const std::int64_t count = element_count(out.shape);
    if (count == 0) return;
    check_memory(out);
    if (count <= grain_elements && options.threads >= 0) return source.generate(0, count, data);
    prefer_huge_pages(data, count * source.bytes());
    return parallel_for(count, grain_elements, options.threads,
                        [&](std::int64_t begin, std::int64_t end) { source.generate(begin, end - begin, data + begin * source.bytes()); });
  }
  const Layout layout = make_layout(out, options.view);
  if (layout.count == 0) return;
  check_memory(out);
  if (is_dense(layout)) prefer_huge_pages(data, layout.count * source.bytes());
  const Tiling tiling(layout, source, data);
  parallel_for(tiling.tiles(), tiling.grain(), options.threads, [&](std::int64_t begin, std::int64_t end) { tiling.run(begin, end); });
}

}  // namespace evenkeel
