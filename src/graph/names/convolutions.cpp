// SPDX-License-Identifier: Apache-2.0
// Kernels: plain or transposed, groups, strides of transposed ones.
#include <algorithm>

#include "graph/names/channels.hpp"
#include "graph/names/functions.hpp"
#include "graph/names/rules.hpp"

namespace evenkeel::names {
namespace {

/// What is known of one kernel, framework's storage taken away.
struct Kernel {
  std::int64_t first = 0,
               second = 0;  // PyTorch: axes 0 and 1; others: the last two, swapped so that a plain one is (output, input / groups)
  std::vector<std::int64_t> taps;
  bool channels_last = false;
};

Kernel kernel_of(const Entry& weight, const Shape& shape) {
  Kernel k;
  k.channels_last = is_one_of(weight.stored, {"kernel", "w", "depthwise_kernel", "pointwise_kernel", "filter"}) ||
                    (weight.stored == "weights" && shape.size() == 4 && shape[0] == shape[1] && shape[0] <= 11 && shape[2] != shape[3]);
  if (k.channels_last) {
    k.first = shape[shape.size() - 1];
    k.second = shape[shape.size() - 2];
    k.taps.assign(shape.begin(), shape.end() - 2);
  } else {
    k.first = shape[0];
    k.second = shape[1];
    k.taps.assign(shape.begin() + 2, shape.end());
  }
  return k;
}

std::string spatial(std::size_t axes) { return axes == 1 ? "W" : axes == 2 ? "HW" : "DHW"; }

/// The name of the layer, which for a place in a list is the list's.
const std::string& layer_name(const Module& m) { return m.path.size() > 1 && m.path.back().is_number() ? m.before(1).text : m.last(); }

bool says_transposed(const Module& m) {
  const std::string& t = layer_name(m);
  return has_any_word(t, {"deconv", "up", "ups", "upconv", "upsample", "upsampler", "upscale", "upsampling", "transpose", "transposed",
                          "convtranspose", "tconv", "convt", "deconvolution", "up_conv", "trans"}) ||
         t.find("transpose") != std::string::npos || t.find("deconv") != std::string::npos;
}

bool says_depthwise(const Module& m) {
  const bool wrapped = m.path.size() > 1 && is_one_of(m.last(), {"conv", "convolution", "conv1d", "conv2d"});
  const std::string& t = wrapped ? m.before(1).text : layer_name(m);
  return has_any_word(t, {"depthwise", "dw", "dwconv", "dw_conv", "conv_dw", "depth_conv", "dconv", "depth_wise"}) ||
         t.find("depthwise") != std::string::npos;
}

struct Direction {
  bool transposed = false;
  Certainty certainty = Certainty::likely;
  std::string why;
  std::int64_t groups = 1;  // of a transposed one, where its bias shows them
};

Direction direction_of(const Reading& reading, const Module& m, const Kernel& k) {
  const bool taps = std::any_of(k.taps.begin(), k.taps.end(), [](std::int64_t n) { return n > 1; });
  const bool named = says_transposed(m);
  const Shape* bias = reading.shape_of(m, "bias");
  const Module* norm = norm_of(reading, m);
  std::int64_t outputs = bias != nullptr && bias->size() == 1 ? (*bias)[0] : 0;
  std::string what = "the bias";
  if (outputs == 0 && norm != nullptr) {
    for (const Entry& e : norm->entries)
      if (reading.shape(e).size() == 1) outputs = reading.shape(e)[0];
    what = "the norm " + norm->name;
  }
  const bool told = bias != nullptr || named || m.path.back().is_number();  // outside a Sequential the norm may stand before
  if (outputs > 0 && k.first != k.second) {
    if (outputs == k.first && !(named && k.second == 1))
      return {false, Certainty::certain, what + " has a value per output of a plain convolution", 1};
    if (outputs == k.second && taps && told)
      return {true, Certainty::certain, what + " has a value per output of a transposed convolution", 1};
    if (named && k.second > 0 && outputs % k.second == 0 && k.first % (outputs / k.second) == 0)
      return {true, Certainty::likely, "named as a transposed convolution, " + what + " shows its groups", outputs / k.second};
  }
  if (!taps) return {false, Certainty::certain, "a kernel of one tap", 1};
  const Module* before = chained_before(reading, m);
  const std::int64_t inputs = before == nullptr || k.channels_last ? 0 : outputs_of(reading, *before);
  if (inputs > 0 && k.first != k.second) {
    if (inputs == k.second) return {false, Certainty::likely, "reads the " + std::to_string(inputs) + " channels of " + before->name, 1};
    const bool even = std::all_of(k.taps.begin(), k.taps.end(), [](std::int64_t n) { return n % 2 == 0; });
    if (inputs == k.first && k.second != 1 && (even || named))
      return {true, Certainty::likely, "reads the " + std::to_string(inputs) + " channels of " + before->name + " along its first axis", 1};
  }
  const bool resized = has_any_word(layer_name(m), {"resize", "expand", "unpool"});
  if (resized && std::all_of(k.taps.begin(), k.taps.end(), [](std::int64_t n) { return n % 2 == 0; }))
    return {true, Certainty::assumed, "named as a change of resolution, with an even kernel: taken for a transposed convolution", 1};
  if (named) return {true, k.first == k.second ? Certainty::likely : Certainty::assumed, "named as a transposed convolution", 1};
  return {false, Certainty::likely, "convolutions store (output, input / groups, taps)", 1};
}

/// Whether another kernel reads colour images and one gives or takes as many channels as this one: then this one reads no single channel.
bool stands_among_channels(const Reading& reading, const Module& m, const Kernel& k) {
  if (m.path.back().index >= 0) return false;  // numbered: the start of a chain on data of its own
  bool colour = false, same = false;
  for (const Module& other : reading.modules) {
    const Entry* weight = &other == &m ? nullptr : reading.weight_of(other);
    if (weight == nullptr || reading.shape(*weight).size() < 3) continue;
    const Kernel kernel = kernel_of(*weight, reading.shape(*weight));
    colour = colour || (kernel.second == 3 && kernel.taps.front() > 1);
    same = same || (kernel.second > 1 && (kernel.first == k.first || kernel.second == k.first));
  }
  return colour && same;
}

/// Whether a kernel with one input channel per group is depthwise, rather than the first layer on data of one channel.
bool is_depthwise(const Reading& reading, const Module& m, const Kernel& k) {
  if (k.second != 1 || k.first < 2) return false;
  if (says_depthwise(m)) return true;
  if (const Module* before = chained_before(reading, m)) {
    const std::int64_t inputs = outputs_of(reading, *before);
    const Shape* other = reading.shape_of(*before, "weight");
    const bool adjacent = m.path.back().index - before->path.back().index == 1;
    const bool parallel =
        adjacent && other != nullptr && other->size() > 2 && !k.channels_last && (*other)[0] == k.first && (*other)[1] == 1;
    if (parallel) return false;  // a list of kernels on the same data
    if (inputs > 1 && k.first % inputs == 0) return true;
    if (inputs == 1) return false;
  }
  if (in_attention(m.path)) return true;                                    // a kernel per head or channel
  if (reading.has_sibling(m, {"a_log", "dt_bias", "x_proj"})) return true;  // of a state-space layer
  // a mixer: dense layers beside it work on its channels
  const auto beside = reading.children.find(m.parent());
  if (beside != reading.children.end()) {
    for (const std::size_t i : beside->second) {
      const Entry* weight = reading.weight_of(reading.modules[i]);
      if (weight == nullptr || reading.shape(*weight).size() != 2 || &reading.modules[i] == &m) continue;
      const Shape& shape = reading.shape(*weight);
      if (shape[0] == k.first || shape[1] == k.first || shape[0] == 2 * k.first) return true;
    }
  }
  if (reading.settings.integer(m.path, {"num_channels", "in_channels", "in_chans"}).value_or(0) == 1 && is_first(reading, m)) return false;
  for (const Module& other : reading.modules) {  // an earlier layer whose channels it could read
    if (&other == &m) return stands_among_channels(reading, m, k);
    const Entry* weight = reading.weight_of(other);
    if (weight == nullptr || reading.shape(*weight).size() < 3) continue;
    const std::int64_t outputs = outputs_of(reading, other);
    if (outputs > 1 && k.first % outputs == 0) return true;
  }
  return false;
}

/// Width that only one layer gives and no layer takes: a grouped convolution may read it.
std::int64_t orphan_width(const Reading& reading, const Module& m, const Kernel& k, bool grouped) {
  std::vector<std::int64_t> given, taken;
  for (const Module& other : reading.modules) {
    const Entry* weight = reading.weight_of(other);
    if (weight == nullptr || reading.shape(*weight).size() < (grouped ? 2U : 3U) || &other == &m) continue;
    const Kernel kernel = kernel_of(*weight, reading.shape(*weight));
    given.push_back(kernel.first);
    taken.push_back(kernel.second);
  }
  std::int64_t best = 0;
  for (const std::int64_t width : given) {
    const bool fits =
        grouped ? width > k.second && width % k.second == 0 && k.first % (width / k.second) == 0 : width > 1 && k.first % width == 0;
    if (fits && (!grouped || std::find(taken.begin(), taken.end(), width) == taken.end())) best = std::max(best, width);
  }
  return best;
}

/// Channels that a depthwise convolution without a chain reads: as many as it gives where another layer has that width, else the largest
/// width that fits.
std::int64_t depthwise_width(const Reading& reading, const Module& m, const Kernel& k) {
  for (const Module& other : reading.modules) {
    const Entry* weight = &other == &m ? nullptr : reading.weight_of(other);
    if (weight == nullptr || reading.shape(*weight).size() < 2) continue;
    const Kernel kernel = kernel_of(*weight, reading.shape(*weight));
    if (kernel.first == k.first) return k.first;
  }
  // within a numbered block, what it reads may be joined from several layers
  if (std::any_of(m.path.begin(), m.path.end(), [](const Segment& s) { return s.index >= 0; })) return k.first;
  const std::int64_t width = orphan_width(reading, m, k, false);
  return width > 1 ? width : k.first;
}

/// A kernel between two of one tap that give and take as many channels as it gives, none of the block giving what it reads: grouped.
bool is_grouped_bottleneck(const Reading& reading, const Module& m, const Kernel& k) {
  if (k.second < 2 || k.first <= k.second || k.first % k.second != 0 || k.channels_last) return false;
  if (std::all_of(k.taps.begin(), k.taps.end(), [](std::int64_t n) { return n == 1; }) || is_first(reading, m)) return false;
  const std::size_t shortest = m.path.size() > 3 ? m.path.size() - 3 : 1;
  for (std::size_t n = m.path.size() - 1; n >= shortest && n > 0; --n) {
    if (m.path[n - 1].index < 0) continue;  // only within a numbered block
    const std::string prefix = joined(m.path, n) + ".";
    bool gives = false, takes = false, other_width = false;
    for (const Module& other : reading.modules) {
      const Entry* weight = &other == &m || !other.text.starts_with(prefix) ? nullptr : reading.weight_of(other);
      if (weight == nullptr || reading.shape(*weight).size() < 3 || path_has_word(other.path, {"se", "downsample", "shortcut"})) continue;
      const Kernel kernel = kernel_of(*weight, reading.shape(*weight));
      const bool point = std::all_of(kernel.taps.begin(), kernel.taps.end(), [](std::int64_t t) { return t == 1; });
      gives = gives || (point && kernel.first == k.first);
      takes = takes || (point && kernel.second == k.first);
      other_width = other_width || kernel.first == k.second;
    }
    if (gives && takes) return !other_width;
  }
  return false;
}

/// What a kernel of one tap reads that stands for a matrix of a transformer block; 0 = not known.
std::int64_t pointwise_inputs(const Reading& reading, const Module& m) {
  const auto place = static_cast<std::size_t>(&m - reading.modules.data());
  switch (reading.functions[place]) {
    case Function::query:
    case Function::key:
    case Function::value:
    case Function::ffn_in:
      return reading.settings.integer(m.path, {"hidden_size", "d_model"}).value_or(0);
    case Function::ffn_out:
      return reading.settings.integer(m.path, {"intermediate_size", "ffn_dim", "d_ff"}).value_or(0);
    default:
      return 0;
  }
}

std::int64_t groups_of(const Reading& reading, const Module& m, const Kernel& k, std::string& why) {
  const auto fits = [&](std::int64_t groups) { return groups > 1 && k.first % groups == 0; };
  if (path_has_word(m.path, {"pos_conv_embed", "pos_conv"})) {
    const auto groups = reading.settings.integer(m.path, {"num_conv_pos_embedding_groups"});
    if (groups && fits(*groups) && *groups * k.second == k.first) return *groups;
    if (k.first % k.second == 0 && fits(k.first / k.second)) return k.first / k.second;
  }
  const auto group_width = reading.settings.integer(m.path, {"groups_width", "group_width"});
  if (group_width && *group_width == k.second && k.first % k.second == 0 && k.taps.front() > 1) return k.first / k.second;
  const std::int64_t read = pointwise_inputs(reading, m);
  if (read > k.second && k.second > 1 && read % k.second == 0 && fits(read / k.second)) {
    why = "the stream that it reads is " + std::to_string(read) + " wide, each group reads " + std::to_string(k.second);
    return read / k.second;
  }
  if (is_grouped_bottleneck(reading, m, k)) {
    why = "stands between layers of " + std::to_string(k.first) + " channels, each group reads " + std::to_string(k.second);
    return k.first / k.second;
  }
  const bool named = path_has_word(m.path, {"group", "grouped", "groups", "gconv", "group_conv", "cardinality"});
  const Module* before = chained_before(reading, m);
  const std::int64_t inputs = before == nullptr ? 0 : outputs_of(reading, *before);
  const bool shortcut = path_has_word(m.path, {"downsample", "shortcut", "skip", "upsample", "shuffle", "up", "upsampler", "downsampler"});
  if (k.second > 1 && inputs > k.second && inputs % k.second == 0 && !shortcut) {
    const std::int64_t groups = inputs / k.second;
    if (fits(groups) && (groups > 2 || named || norm_of(reading, *before) != nullptr)) {
      why = before->name + " gives " + std::to_string(inputs) + " channels, each group reads " + std::to_string(k.second);
      return groups;
    }
  }
  if (named) {
    const std::int64_t width = orphan_width(reading, m, k, true);
    if (width > 0) {
      why = "named as grouped; " + std::to_string(width) + " channels have no other reader";
      return width / k.second;
    }
  }
  return 1;
}

std::vector<std::int64_t> stride_of(const Reading& reading, const Module& m, const Kernel& k) {
  std::vector<std::int64_t> stride;
  const auto patch = reading.settings.integer(m.path, {"patch_size"});
  const bool first = is_first(reading, m);
  const bool resized = has_any_word(layer_name(m), {"resize", "unpool"});
  for (const std::int64_t taps : k.taps) {
    const auto stated = m.path.back().is_number() ? reading.settings.element(m.path, "upsample_rates", m.path.back().index) : std::nullopt;
    if (stated && *stated > 0 && *stated <= taps)
      stride.push_back(*stated);
    else if (resized || (patch && *patch == taps))
      stride.push_back(taps);
    else if (first || taps == 1)
      stride.push_back(1);
    else
      stride.push_back(taps <= 3 ? 2 : std::max<std::int64_t>(2, taps / 2));
  }
  return stride;
}

Finding plain(const Reading& reading, std::size_t module, const Entry& weight, const Kernel& k, Certainty certainty,
              const std::string& why) {
  const Module& m = reading.modules[module];
  const std::string taps = spatial(k.taps.size());
  const bool depthwise = is_depthwise(reading, m, k);
  std::string groups_why;
  const std::int64_t groups = depthwise ? k.first : groups_of(reading, m, k, groups_why);
  const Role role = depthwise ? Role::depthwise_conv : groups > 1 ? Role::grouped_conv : Role::conv;
  Finding f =
      make_finding(reading, module, weight, role, k.channels_last ? taps + "IO" : "OI" + taps, "Conv", certainty, "a kernel; " + why);
  f.parameter.geometry.groups = groups;
  if (depthwise) {
    const Module* before = chained_before(reading, m);
    const std::int64_t inputs = before == nullptr ? 0 : outputs_of(reading, *before);
    if (inputs > 1 && k.first % inputs == 0)
      f.parameter.geometry.groups = inputs;
    else if (inputs == 0)
      f.parameter.geometry.groups = depthwise_width(reading, m, k);
    f.parameter.evidence.push_back("one input channel per group: depthwise");
  }
  if (!groups_why.empty()) f.parameter.evidence.push_back(groups_why);
  const Function function = reading.functions[module];
  const bool point = std::all_of(k.taps.begin(), k.taps.end(), [](std::int64_t n) { return n == 1; });
  if (point && role == Role::conv && (function == Function::packed_qkv || function == Function::packed_kv)) {
    const bool three = function == Function::packed_qkv;
    set_sections(f, three ? pack_qkv(reading, m, k.first, k.second) : pack_halves(k.first, "k", "v"),
                 k.channels_last ? static_cast<int>(k.taps.size()) + 1 : 0, three ? Role::packed_qkv : Role::packed_dense);
    f.parameter.attention = three ? "qkv" : "";
  }
  const auto patch = reading.settings.integer(m.path, {"patch_size"});
  const bool patches = path_has_word(m.path, {"patch", "patch_embed", "patch_embedding", "patch_embeddings"});
  if (patches && patch && std::all_of(k.taps.begin(), k.taps.end(), [&](std::int64_t n) { return n == *patch; }))
    f.parameter.geometry.stride = k.taps;
  return f;
}

Finding transposed(const Reading& reading, std::size_t module, const Entry& weight, const Kernel& k, const Direction& d) {
  const Module& m = reading.modules[module];
  const std::string taps = spatial(k.taps.size());
  const bool flax = k.channels_last && m.last().find("transpose") != std::string::npos && reading.shape_of(m, "bias") != nullptr &&
                    reading.shape_of(m, "bias")->back() == k.first && k.first != k.second;
  const bool depthwise = d.groups > 1 && k.second == 1 && d.groups == k.first;
  const Role role = depthwise ? Role::depthwise_transposed_conv : d.groups > 1 ? Role::grouped_transposed_conv : Role::transposed_conv;
  const std::string channels = k.channels_last ? (flax ? "IO" : "OI") : "IO";
  Finding f = make_finding(reading, module, weight, role, k.channels_last ? taps + channels : channels + taps, "ConvTranspose", d.certainty,
                           "a kernel; " + d.why);
  f.parameter.geometry.groups = d.groups;
  f.parameter.geometry.stride = stride_of(reading, m, k);
  f.parameter.assumed = true;
  std::string strides;
  for (const std::int64_t s : f.parameter.geometry.stride) strides += (strides.empty() ? "" : " x ") + std::to_string(s);
  f.parameter.evidence.push_back("stride " + strides + " is *assumed* from the size of the kernel; a file of weights does not hold it");
  return f;
}

bool separable(const Reading& reading, std::size_t module, Findings& out) {
  const Module& m = reading.modules[module];
  const Entry* depthwise = m.find("depthwise_kernel");
  if (depthwise == nullptr && says_depthwise(m) && m.find("weight") != nullptr && m.find("weight")->stored == "kernel") {
    const Shape& shape = reading.shape(*m.find("weight"));
    if (shape.size() >= 3 && shape[shape.size() - 2] > 1)
      depthwise = m.find("weight");  // (taps, channels, multiplier); Flax has (taps, 1, channels)
  }
  if (depthwise == nullptr || reading.shape(*depthwise).size() < 3 || reading.shape(*depthwise).size() > 5) return false;
  const Shape& shape = reading.shape(*depthwise);
  Finding f = make_finding(reading, module, *depthwise, Role::depthwise_conv, spatial(shape.size() - 2) + "IM", "Conv", Certainty::certain,
                           "a depthwise kernel (taps, channels, multiplier) of Keras");
  f.parameter.geometry.groups = shape[shape.size() - 2];
  const Entry* pointwise = m.find("pointwise_kernel");
  if (pointwise != nullptr) {
    Finding p = make_finding(reading, module, *pointwise, Role::conv, spatial(reading.shape(*pointwise).size() - 2) + "IO", "Conv",
                             Certainty::certain, "the pointwise kernel of a separable convolution of Keras");
    add_biases(reading, module, p, out);
    out.push_back(std::move(f));
    out.push_back(std::move(p));
    return true;
  }
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

}  // namespace

bool find_convolution(const Reading& reading, std::size_t module, Findings& out) {
  if (separable(reading, module, out)) return true;
  const Module& m = reading.modules[module];
  const Entry* weight = m.find("weight");
  if (weight == nullptr) return false;
  const Shape& shape = reading.shape(*weight);
  if (shape.size() < 3 || shape.size() > 5) return false;
  if (shape.size() > 3 && element_count(shape) > 1 && element_count(shape) == *std::max_element(shape.begin(), shape.end()) &&
      shape.back() > 1 && m.find("bias") != nullptr && reading.shape(*m.find("bias")) == shape)
    return false;  // scale and shift of one broad shape
  const Kernel k = kernel_of(*weight, shape);
  const Direction d = direction_of(reading, m, k);
  Finding f = d.transposed || (k.channels_last && says_transposed(m)) ? transposed(reading, module, *weight, k, d)
                                                                      : plain(reading, module, *weight, k, d.certainty, d.why);
  add_gain(reading, module, f, out);
  add_biases(reading, module, f, out);
  out.push_back(std::move(f));
  return true;
}

}  // namespace evenkeel::names
