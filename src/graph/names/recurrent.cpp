// SPDX-License-Identifier: Apache-2.0
// Recurrent layers: PyTorch's weight_ih and weight_hh, Keras' kernel and recurrent_kernel, Flax' one matrix per gate.
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

struct Cell {
  const char* name;
  std::vector<const char*> gates;
};

/// From how many times the state's width the packed axis is.
Cell torch_cell(std::int64_t multiple) {
  if (multiple == 4) return {"lstm", {"i", "f", "g", "o"}};
  if (multiple == 3) return {"gru", {"r", "z", "n"}};
  return {"rnn", {}};
}

Cell keras_cell(std::int64_t multiple) {
  if (multiple == 4) return {"lstm", {"i", "f", "c", "o"}};
  if (multiple == 3) return {"gru", {"z", "r", "h"}};
  return {"rnn", {}};
}

void pack(Finding& f, const Cell& cell, int axis, std::int64_t hidden, bool bias) {
  Parameter& p = f.parameter;
  p.cell = cell.name;
  if (cell.gates.empty()) return;
  p.geometry.role = bias ? Role::packed_gate_bias : Role::packed_gates;
  const std::int64_t size = p.geometry.shape[static_cast<std::size_t>(axis)];
  if (size % (static_cast<std::int64_t>(cell.gates.size()) * hidden) != 0) return;
  p.geometry.section_axis = axis;
  std::int64_t at = 0;
  for (const char* const gate : cell.gates) {
    p.geometry.sections.push_back({gate, at, at + hidden});
    at += hidden;
  }
  if (at != size) p.geometry.sections.clear();
}

/// "weight_ih_l0_reverse" -> "l0_reverse".
std::string layer_of(const std::string& leaf) {
  const auto at = leaf.find('_', leaf.find('_') + 1);
  return at == std::string::npos ? "" : leaf.substr(at + 1);
}

bool torch_cells(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  bool any = false;
  for (const Entry& e : m.entries) {
    if (!e.leaf.starts_with("weight_hh")) continue;
    const std::string layer = layer_of(e.leaf);
    const auto named = [&](const char* stem) { return m.find(layer.empty() ? stem : std::string(stem) + "_" + layer); };
    const Shape& state = reading.shape(e);
    if (state.size() != 2 || state[1] < 1) continue;
    const Entry* projection = named("weight_hr");
    const std::int64_t hidden = projection != nullptr && reading.shape(*projection).size() == 2 ? reading.shape(*projection)[1] : state[1];
    const Cell cell = torch_cell(hidden > 0 && state[0] % hidden == 0 ? state[0] / hidden : 0);
    any = true;
    TensorId input = absent;
    for (const char* const stem : {"weight_ih", "weight_hh"}) {
      const Entry* weight = named(stem);
      if (weight == nullptr || reading.shape(*weight).size() != 2) continue;
      Finding f = make_finding(
          reading, module, *weight, Role::dense, "OI", cell.name, Certainty::certain,
          "weight of a recurrent layer, " + std::to_string(state[0] / hidden) + " times its state of " + std::to_string(hidden) + " units");
      pack(f, cell, 0, hidden, false);
      f.parameter.recurrent = weight == &e;
      f.parameter.has_bias = named("bias_ih") != nullptr;
      if (!f.parameter.recurrent) input = weight->tensor;
      out.push_back(std::move(f));
    }
    for (const char* const stem : {"bias_ih", "bias_hh"}) {
      const Entry* bias = named(stem);
      if (bias == nullptr) continue;
      Finding f = make_finding(reading, module, *bias, Role::bias, cell.gates.empty() ? "O" : "", cell.name, Certainty::certain,
                               "bias of a recurrent layer");
      if (reading.shape(*bias).size() == 1) pack(f, cell, 0, hidden, true);
      f.parameter.geometry.layout.assign(1, 'O');
      f.parameter.recurrent = std::string(stem) == "bias_hh";
      f.parameter.bias_of = f.parameter.recurrent ? e.tensor : input;
      out.push_back(std::move(f));
    }
    if (projection != nullptr)
      out.push_back(
          make_finding(reading, module, *projection, Role::dense, "OI", "Linear", Certainty::certain, "projection of an LSTM's state"));
  }
  return any;
}

bool keras_cells(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* state = m.find("recurrent_kernel");
  if (state == nullptr || reading.shape(*state).size() < 2) return false;
  const Shape& seen = reading.shape(*state);
  const std::size_t rank = seen.size();  // above 2 it is a ConvLSTM
  if (rank > 5 || seen[rank - 2] < 1) return false;
  const std::int64_t hidden = seen[rank - 2];
  const std::int64_t packed = seen[rank - 1];
  static constexpr const char* layouts[] = {"IO", "WIO", "HWIO", "DHWIO"};
  const Cell cell = keras_cell(packed % hidden == 0 ? packed / hidden : 0);
  for (const Entry& e : m.entries) {
    const Shape& shape = reading.shape(e);
    const bool bias = e.leaf == "bias" || e.leaf == "recurrent_bias";
    if (shape.empty() || (!bias && shape.size() != rank)) continue;
    Finding f =
        make_finding(reading, module, e, bias ? Role::bias : Role::dense, bias ? "" : layouts[rank - 2], cell.name, Certainty::certain,
                     "stands beside a recurrent_kernel, " + std::to_string(packed / hidden) + " times its state of " +
                         std::to_string(hidden) + " units");
    pack(f, cell, static_cast<int>(shape.size()) - 1, hidden, bias);
    if (bias) f.parameter.geometry.layout = shape.size() == 1 ? "O" : "GO";
    f.parameter.recurrent = e.leaf == "recurrent_kernel";
    if (bias) {
      const Entry* kernel = m.find("weight");
      f.parameter.bias_of = kernel == nullptr ? absent : kernel->tensor;
    } else {
      f.parameter.has_bias = m.find("bias") != nullptr;
    }
    out.push_back(std::move(f));
  }
  return true;
}

/// Flax' LSTMCell and GRUCell: ii, if, ig, io and hi, hf, hg, ho; ir, iz, in and hr, hz, hn.
bool flax_cells(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const std::string& t = m.last();
  const bool lstm = is_one_of(t, {"ii", "if", "ig", "io", "hi", "hf", "hg", "ho"}) && reading.has_sibling(m, {t == "hf" ? "hi" : "hf"});
  const bool gru = is_one_of(t, {"ir", "iz", "in", "hr", "hz", "hn"}) && reading.has_sibling(m, {t == "hr" ? "hz" : "hr"});
  const Entry* weight = m.find("weight");
  if ((!lstm && !gru) || weight == nullptr || reading.shape(*weight).size() != 2) return false;
  Finding f = make_finding(reading, module, *weight, Role::dense, "IO", lstm ? "lstm" : "gru", Certainty::certain,
                           "one gate of a recurrent cell of Flax");
  f.parameter.cell = lstm ? "lstm" : "gru";
  f.parameter.recurrent = t.front() == 'h';
  add_biases(reading, module, f, out);
  f.parameter.has_bias = m.find("bias") != nullptr;
  out.push_back(std::move(f));
  return true;
}

/// Haiku's and TensorFlow 1's LSTM: one matrix (input + state, 4 x state) for both.
bool joined_cell(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* weight = m.find("weight");
  const auto says = [](const std::string& t) { return t.find("lstm") != std::string::npos; };
  const bool named = says(m.last()) || (m.path.size() > 1 && m.last() == "linear" && says(m.before(1).text));
  if (weight == nullptr || !named || is_one_of(weight->stored, {"weight"}) || reading.shape(*weight).size() != 2) return false;
  const Shape& shape = reading.shape(*weight);
  const Shape* bias = reading.shape_of(m, "bias");
  if (shape[1] < 4 || shape[1] % 4 != 0 || shape[0] <= shape[1] / 4 || (bias != nullptr && bias->size() == 1 && (*bias)[0] != shape[1]))
    return false;
  const std::int64_t hidden = shape[1] / 4;
  const Cell cell{"lstm", {"i", "g", "f", "o"}};
  Finding f = make_finding(reading, module, *weight, Role::dense, "IO", "lstm", Certainty::likely,
                           "a matrix of an LSTM that reads input and state of " + std::to_string(hidden) + " units together");
  pack(f, cell, 1, hidden, false);
  f.parameter.has_bias = bias != nullptr;
  for (const Entry& e : m.entries) {
    if (e.leaf != "bias") continue;
    Finding b = make_finding(reading, module, e, Role::packed_gate_bias, "O", "lstm", Certainty::likely,
                             "bias of such an LSTM, whose code adds the 1 of the forget gate itself");
    b.parameter.cell = "lstm";
    b.parameter.bias_of = weight->tensor;
    out.push_back(std::move(b));
  }
  out.push_back(std::move(f));
  return true;
}

/// Haiku's GRU: w_i, w_h and b of one module.
bool haiku_gru(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* own = m.find("");
  const bool state = m.last() == "w_h";
  if (own == nullptr || (!state && m.last() != "w_i") || reading.shape(*own).size() != 2) return false;
  const Module* other = reading.sibling(m, state ? "w_i" : "w_h");
  const Entry* partner = other == nullptr ? nullptr : other->find("");
  if (partner == nullptr || reading.shape(*partner).size() != 2) return false;
  const std::int64_t hidden = reading.shape(state ? *own : *partner)[0];
  if (hidden < 1 || reading.shape(*own)[1] != 3 * hidden) return false;
  Finding f = make_finding(reading, module, *own, Role::dense, "IO", "gru", Certainty::certain,
                           "a weight of a GRU of Haiku, three times its state of " + std::to_string(hidden) + " units");
  pack(f, {"gru", {"z", "r", "h"}}, 1, hidden, false);
  f.parameter.recurrent = state;
  out.push_back(std::move(f));
  return true;
}

}  // namespace

bool find_recurrent(const Reading& reading, std::size_t module, Findings& out) {
  return torch_cells(reading, module, out) || keras_cells(reading, module, out) || flax_cells(reading, module, out) ||
         haiku_gru(reading, module, out) || joined_cell(reading, module, out);
}

}  // namespace evenkeel::names
