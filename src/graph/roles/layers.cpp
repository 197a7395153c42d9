// SPDX-License-Identifier: Apache-2.0
// Which operand is the weight is decided by what it is made of, not by where it stands: MatMul takes it on either side.
#include "graph/roles/layers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "graph/roles/ops.hpp"

namespace evenkeel::roles {
namespace {

bool is_product(const Node& node) {
  constexpr std::array<std::string_view, 8> names{"MatMul",          "Gemm",         "FusedMatMul", "FusedGemm",
                                                  "TransposeMatMul", "GemmFastGelu", "Einsum",      "FusedMatMulActivation"};
  return std::find(names.begin(), names.end(), node.op) != names.end();
}

class Finder {
 public:
  Finder(const Graph& graph, const Provenance& provenance) : graph_(graph), origins_(provenance.origins), active_(provenance.active) {}

  std::optional<Layer> layer_of(NodeId n) const {
    const Node& node = graph_.nodes[n];
    if (main_output(graph_, node) == absent || node.inputs.size() < 2) return std::nullopt;
    if (node.op == "DeformConv") return fixed(n, 0, 1, 3);
    if (is_convolution(node) || is_transposed_convolution(node)) return fixed(n, 0, 1, 2);
    if (is_recurrent(node)) return fixed(n, 0, 1, 3);
    if (is_fused_attention(node)) return fixed(n, 0, 1, 2);
    if (node.op == "MoE") return fixed(n, 0, 2, 3);
    if (node.op == "QLinearConv" || node.op == "QLinearMatMul" || node.op == "QGemm") return fixed(n, 0, 3, absent);
    if (is_quantized_layer(node)) return fixed(n, 0, 1, absent);
    if (is_product(node)) return product(n);
    return std::nullopt;
  }

 private:
  bool is_data(ValueId v) const { return v != absent && active_[v] && !origins_[v]; }
  bool is_weight(ValueId v) const { return v != absent && origins_[v].has_value(); }

  std::optional<Layer> fixed(NodeId n, std::size_t data, std::size_t weight, int bias) const {
    const Node& node = graph_.nodes[n];
    if (weight >= node.inputs.size() || !is_weight(node.inputs[weight]) || !is_data(node.inputs[data])) return std::nullopt;
    const bool has_bias =
        bias != absent && static_cast<std::size_t>(bias) < node.inputs.size() && node.inputs[static_cast<std::size_t>(bias)] != absent;
    return Layer{n, static_cast<int>(weight), node.inputs[weight], node.inputs[data], main_output(graph_, node), has_bias ? bias : absent};
  }

  std::optional<Layer> product(NodeId n) const {
    const Node& node = graph_.nodes[n];
    const ValueId a = node.inputs[0], b = node.inputs[1];
    const bool third = node.op != "Einsum" && node.inputs.size() > 2 && node.inputs[2] != absent;
    if (is_weight(b) && is_data(a)) return Layer{n, 1, b, a, main_output(graph_, node), third ? 2 : absent};
    if (is_weight(b) && !active_[a] && active_[main_output(graph_, node)])
      return Layer{n, 1, b, a, main_output(graph_, node), third ? 2 : absent};  // learned tokens
    if (is_weight(a) && is_data(b)) return Layer{n, 0, a, b, main_output(graph_, node), third ? 2 : absent};
    return std::nullopt;
  }

  const Graph& graph_;
  const std::vector<std::optional<Origin>>& origins_;
  const std::vector<bool>& active_;
};

/// About the middle, or half a step or a whole one beside it, as windows of even length are.
bool is_even_or_odd(std::span<const double> row) {
  const auto n = static_cast<std::int64_t>(row.size());
  double largest = 0;
  std::int64_t nonzero = 0;
  for (const double x : row) {
    largest = std::max(largest, std::abs(x));
    nonzero += x != 0;
  }
  const bool constant = std::all_of(row.begin(), row.end(), [&](double x) { return x == row.front(); });
  if (constant || nonzero < 3) return largest == 0 && n > 0;  // a row of zeros says nothing: the sine of frequency 0
  for (const std::int64_t sum : {n - 2, n - 1, n, n + 1})
    for (const double sign : {1.0, -1.0}) {
      bool fits = true;
      for (std::int64_t i = std::max<std::int64_t>(0, sum - n + 1); fits && i <= std::min(n - 1, sum); ++i)
        fits = std::abs(row[static_cast<std::size_t>(i)] - sign * row[static_cast<std::size_t>(sum - i)]) <= 1e-4 * largest;
      if (fits) return true;
    }
  return false;
}

std::string matmul_letters(std::size_t rank, bool left, bool transposed) {
  if (rank == 0) return "";
  if (rank == 1) return "I";
  std::string letters(rank - 2, 'E');
  letters += left != transposed ? "OI" : "IO";
  return letters;
}

std::string einsum_letters(const Node& node, const Layer& layer) {
  const auto terms = parse_einsum(node);
  if (!terms) return "";
  const std::string& weight = terms->inputs[static_cast<std::size_t>(layer.weight_slot)];
  const std::string& data = terms->inputs[static_cast<std::size_t>(1 - layer.weight_slot)];
  std::string letters;
  for (const char axis : weight) {
    const bool in_data = data.find(axis) != std::string::npos, in_output = terms->output.find(axis) != std::string::npos;
    letters += in_data && in_output ? 'E' : in_data ? 'I' : 'O';
  }
  const auto inputs = std::count(letters.begin(), letters.end(), 'I'), outputs = std::count(letters.begin(), letters.end(), 'O');
  if (letters.find('E') == std::string::npos && ((inputs == 1 && outputs == 2) || (inputs == 2 && outputs == 1))) {
    const char many = inputs == 2 ? 'I' : 'O';  // per head: the pair is (heads, width of a head)
    char next = 'H';
    for (char& letter : letters) {
      if (letter != many)
        letter = 'D';
      else
        letter = next == 'H' ? (next = 'K', 'H') : 'K';
    }
  }
  return letters;
}

}  // namespace

std::vector<std::optional<Layer>> find_layers(const Graph& graph, const WeightSource& weights, const Provenance& provenance) {
  const Finder finder(graph, provenance);
  std::vector<std::optional<Layer>> layers(graph.nodes.size());
  for (std::size_t n = 0; n < layers.size(); ++n) {
    layers[n] = finder.layer_of(static_cast<NodeId>(n));
    if (layers[n] && is_convolution(graph.nodes[n]) && is_fixed_basis(graph, weights, provenance.origins[layers[n]->weight]->tensor))
      layers[n].reset();
  }
  return layers;
}

bool is_fixed_basis(const Graph& graph, const WeightSource& weights, TensorId tensor) {
  constexpr std::int64_t shortest = 16;  // below, a learned kernel may look symmetric by chance or by hand
  const Shape& shape = graph.tensors[tensor].shape;
  if (shape.size() < 3 || !is_floating(graph.tensors[tensor].dtype) || weights.find_fill(tensor) || !weights.has_values(tensor))
    return false;
  const std::int64_t count = element_count(shape), length = count / std::max<std::int64_t>(1, shape[0] * shape[1]);
  if (length < shortest || count > (std::int64_t{1} << 24)) return false;
  const auto numbers = numbers_of(weights, graph, tensor, count);
  for (std::int64_t row = 0; row * length < count; ++row)
    if (!is_even_or_odd(std::span<const double>(numbers).subspan(static_cast<std::size_t>(row * length), static_cast<std::size_t>(length))))
      return false;
  return true;
}

std::optional<EinsumTerms> parse_einsum(const Node& node) {
  std::string equation = text_of(node, "equation", "");
  std::erase(equation, ' ');
  if (equation.empty() || equation.find('.') != std::string::npos) return std::nullopt;
  EinsumTerms terms;
  const auto arrow = equation.find("->");
  std::string left = equation.substr(0, arrow);
  for (std::size_t start = 0; start <= left.size();) {
    const auto comma = std::min(left.find(',', start), left.size());
    terms.inputs.push_back(left.substr(start, comma - start));
    start = comma + 1;
  }
  if (arrow != std::string::npos) {
    terms.output = equation.substr(arrow + 2);
  } else {  // implicit: the letters that occur once, in alphabetical order
    std::string all;
    for (const auto& term : terms.inputs) all += term;
    std::sort(all.begin(), all.end());
    for (const char c : all)
      if (std::count(all.begin(), all.end(), c) == 1) terms.output += c;
  }
  if (terms.inputs.size() != 2 || node.inputs.size() != 2) return std::nullopt;
  return terms;
}

std::string axis_letters(const Graph& graph, const Layer& layer) {
  const Node& node = graph.nodes[layer.node];
  const auto& shape = graph.values[layer.weight].shape;
  const std::size_t rank = shape ? shape->size() : 0;
  static const std::array<std::string, 4> spatial{"", "W", "HW", "DHW"};
  if (is_convolution(node) || node.op == "ConvInteger" || node.op == "QLinearConv")
    return rank >= 2 && rank <= 5 ? "OI" + spatial[rank - 2] : "";
  if (is_transposed_convolution(node)) return rank >= 2 && rank <= 5 ? "IO" + spatial[rank - 2] : "";
  if (is_recurrent(node)) return "GOI";
  if (is_fused_attention(node)) return "IO";
  if (node.op == "MoE") return "EIO";
  if (node.op == "Einsum") return einsum_letters(node, layer);
  const bool left = layer.weight_slot == 0;
  const bool transposed = integer_of(node, left ? "transA" : "transB", 0) != 0;
  return matmul_letters(rank, left, transposed);
}

}  // namespace evenkeel::roles
