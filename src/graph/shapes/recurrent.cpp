// SPDX-License-Identifier: Apache-2.0
// RNN, GRU, LSTM and the quantized LSTM.
#include "graph/shapes/context.hpp"

namespace evenkeel::shapes {
namespace {

void recurrent(Context& c) {
  const Element directions = number(text_of(c.node, "direction", "forward") == "bidirectional" ? 2 : 1);
  const Element hidden = c.has_attribute("hidden_size") ? number(integer_of(c.node, "hidden_size", -1)) : c.dim(2, 2);
  const bool batch_first = integer_of(c.node, "layout", 0) != 0;
  const Element steps = c.dim(0, batch_first ? 1 : 0);
  const Element batch = c.dim(0, batch_first ? 0 : 1);
  const Dims state = batch_first ? Dims{batch, directions, hidden} : Dims{directions, batch, hidden};
  const DType dtype = c.in(0).dtype;
  c.set(0, dtype, batch_first ? Dims{batch, steps, directions, hidden} : Dims{steps, directions, batch, hidden});
  c.set(1, dtype, state);
  c.set(2, dtype, state);
}

void quantized_lstm(Context& c) {  // R is (directions, hidden, 4 hidden)
  recurrent(c);
  if (c.has_attribute("hidden_size")) return;
  for (std::size_t i = 0; i < 3; ++i)
    if (c.out(i).dims) c.out(i).dims->back() = c.dim(2, 1);
}

constexpr Rule rules[] = {
    {"RNN", recurrent},
    {"GRU", recurrent},
    {"LSTM", recurrent},
    {"DynamicQuantizeLSTM", quantized_lstm, "com.microsoft"},
};

}  // namespace

std::span<const Rule> recurrent_rules() { return rules; }

}  // namespace evenkeel::shapes
