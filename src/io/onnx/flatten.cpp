// SPDX-License-Identifier: Apache-2.0
// Names, values, tensors and whole graphs; the kinds of nodes are in onnx_nodes.cpp and onnx_control_flow.cpp.
#include "io/onnx/flatten.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <queue>

#include "evenkeel/base/error.hpp"
#include "io/onnx/flattener.hpp"

namespace evenkeel::onnx {
namespace {

constexpr std::int64_t integer_limit = 4096;
// The lists that shapes are made of; longer ones are kept while there is room.
constexpr std::size_t short_list = 32;
// Inlining may grow a small file without end; no real model comes near.
constexpr std::size_t work_limit = 1'500'000;
// Copied text and numbers that count as much as a node.
constexpr std::size_t bytes_per_work = 64;

std::string function_key(std::string_view domain, std::string_view name, std::string_view overload) {
  return fmt::format("{}\n{}\n{}", domain, name, overload);
}

// A name that others are made from.
constexpr std::size_t longest_label = 256;

/// What a call of the function around copies of one node, in units of work.
std::size_t copies_of(const NodeProto& node) {
  std::size_t bytes = node.name.size() + node.op.size() + node.domain.size() + node.name_scopes.size() + node.class_hierarchy.size();
  for (const AttributeProto& attribute : node.attributes) {
    bytes += bytes_per_work + attribute.name.size() + attribute.s.size() + 4 * attribute.floats.size() + 8 * attribute.ints.size();
    for (const std::string_view text : attribute.strings) bytes += 32 + text.size();
  }
  return 1 + node.outputs.size() + bytes / bytes_per_work;
}

bool is_integer(DType dtype) { return dtype >= DType::i8 && dtype <= DType::boolean; }

template <class T>
void widen(const TensorBytes& in, std::vector<std::int64_t>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, in.bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<std::int64_t>(value);  // NOLINT(bugprone-signed-char-misuse): int8 is a number here
  }
}

std::vector<std::int64_t> integers_from(const TensorBytes& in, DType dtype) {
  std::vector<std::int64_t> out(in.bytes.size() / size_of(dtype));
  switch (dtype) {
    case DType::i8:
      widen<std::int8_t>(in, out);
      break;
    case DType::i16:
      widen<std::int16_t>(in, out);
      break;
    case DType::i32:
      widen<std::int32_t>(in, out);
      break;
    case DType::i64:
      widen<std::int64_t>(in, out);
      break;
    case DType::u16:
      widen<std::uint16_t>(in, out);
      break;
    case DType::u32:
      widen<std::uint32_t>(in, out);
      break;
    case DType::u64:
      widen<std::uint64_t>(in, out);
      break;
    default:
      widen<std::uint8_t>(in, out);
      break;
  }
  return out;
}

}  // namespace

Flattener::Flattener(OnnxFile& file) : file_(file), model_(file.model()), source_(file.source()), graph_(flat_.graph) {
  for (const OpsetProto& opset : model_.opsets) opsets_[opset.domain] = opset.version;
  for (const FunctionProto& function : model_.functions) {
    if (!functions_.emplace(function_key(function.domain, function.name, function.overload), &function).second) {
      source_.fail_at(function.body.begin, fmt::format("function '{}' of domain '{}' stands twice in the model, expected once; export the "
                                                       "model again",
                                                       function.name, function.domain));
    }
    Opsets& opsets = function_opsets_[&function] = opsets_;
    for (const OpsetProto& opset : function.opsets) opsets[opset.domain] = opset.version;
    Arguments& defaults = function_defaults_[&function];
    for (const AttributeProto& attribute : function.defaults) defaults.emplace(attribute.name, &attribute);
  }
  graph_.producer = std::string(model_.producer);
  if (!model_.producer_version.empty()) graph_.producer += fmt::format(" {}", model_.producer_version);
}

const FunctionProto* Flattener::find_function(const NodeProto& node) const {
  if (functions_.empty()) return nullptr;
  const auto found = functions_.find(function_key(node.domain, node.op, node.overload));
  return found == functions_.end() ? nullptr : found->second;
}

std::string Flattener::unique_name(std::string_view name, const std::string& where) {
  std::string candidate(name);
  if (names_.emplace(candidate, 2).second) return candidate;
  candidate = fmt::format("{}/{}", where, name);
  const auto [taken, added] = names_.emplace(candidate, 2);
  if (added) return candidate;
  int& next = taken->second;  // stays in place when others are added
  do candidate = fmt::format("{}/{}#{}", where, name, next++);
  while (!names_.emplace(candidate, 2).second);
  return candidate;
}

ValueId Flattener::new_value(std::string_view name, const std::string& where) {
  Value value;
  value.name = unique_name(name, where);
  graph_.values.push_back(std::move(value));
  return static_cast<ValueId>(graph_.values.size() - 1);
}

ValueId Flattener::declare(Scope& scope, std::string_view name, std::uint64_t offset) {
  const auto result = scope.results.find(name);
  const auto [entry, added] = scope.names.emplace(name, absent);
  if (!added) {
    source_.fail_at(offset,
                    fmt::format("the name '{}' is given twice{}, expected a name of its own for every initializer and output; export "
                                "the model again",
                                name, scope.where.empty() ? "" : " in " + scope.where));
  }
  entry->second = result != scope.results.end() ? result->second : new_value(name, scope.where);
  return entry->second;
}

const ValueId* Flattener::find(const Scope& scope, std::string_view name) noexcept {
  for (const Scope* at = &scope; at != nullptr; at = at->outer) {
    const auto found = at->names.find(name);
    if (found != at->names.end()) return &found->second;
  }
  return nullptr;
}

ValueId Flattener::resolve(const Scope& scope, std::string_view name, const NodeProto& node) const {
  if (name.empty()) return absent;
  const ValueId* const value = find(scope, name);
  if (value == nullptr) {
    source_.fail_at(node.body.begin, fmt::format("node '{}' ({}) reads '{}', which nothing in the file defines; export the model again",
                                                 node.name, node.op, name));
  }
  return *value;
}

void Flattener::describe(ValueId value, const ValueInfoProto& info) {
  if (value == absent) return;
  Value& described = graph_.values[static_cast<std::size_t>(value)];
  if (described.tensor != absent) return;
  if (info.dtype != DType::other) described.dtype = info.dtype;
  if (info.shape) described.shape = info.shape;
}

StoredTensor Flattener::stored(const TensorProto& proto, std::string name, const std::string& where, Storage storage) const {
  StoredTensor tensor;
  tensor.name = std::move(name);
  tensor.where = where;
  tensor.shape = proto.dims;
  tensor.dtype = dtype_of(proto.data_type);
  tensor.storage = storage;
  return tensor;
}

TensorId Flattener::add_tensor(StoredTensor tensor, const TensorPlace& place) {
  graph_.tensors.push_back(std::move(tensor));
  flat_.places.push_back(place);
  holders_.push_back(nullptr);
  return static_cast<TensorId>(graph_.tensors.size() - 1);
}

void Flattener::attach(ValueId value, TensorId tensor) {
  const StoredTensor& content = graph_.tensors[static_cast<std::size_t>(tensor)];
  Value& holder = graph_.values[static_cast<std::size_t>(value)];
  holder.tensor = tensor;
  holder.dtype = content.dtype;
  holder.shape = content.shape;
  const std::vector<std::int64_t>* const integers = integers_in(tensor);
  if (integers == nullptr) return;
  if (integers->size() > short_list) {
    if (integers->size() > integers_left_) return;
    integers_left_ -= integers->size();
  }
  holder.integers = *integers;
}

const std::vector<std::int64_t>* Flattener::integers_in(TensorId id) {
  const StoredTensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
  if (tensor.storage == Storage::alias) id = tensor.alias_of;
  auto found = integers_.find(id);
  if (found == integers_.end()) found = integers_.emplace(id, read_integers(id)).first;
  return found->second ? &*found->second : nullptr;
}

std::optional<std::vector<std::int64_t>> Flattener::read_integers(TensorId id) const {
  const StoredTensor& tensor = graph_.tensors[static_cast<std::size_t>(id)];
  const TensorPlace& place = flat_.places[static_cast<std::size_t>(id)];
  if (!is_integer(tensor.dtype) || element_count(tensor.shape) > integer_limit) return std::nullopt;
  const auto count = static_cast<std::size_t>(element_count(tensor.shape));
  switch (place.form) {
    case TensorPlace::Form::tensor:
      if (place.tensor->data == TensorProto::Data::none && count != 0) return std::nullopt;
      return integers_from(file_.bytes_of(*place.tensor), tensor.dtype);
    case TensorPlace::Form::number:
      return place.attribute->type == Kind::integer ? std::vector<std::int64_t>{place.attribute->i} : place.attribute->ints;
    case TensorPlace::Form::constant_of_shape:
      return std::vector<std::int64_t>(count, integers_from(file_.bytes_of(*place.tensor), tensor.dtype).at(0));
    case TensorPlace::Form::identity:
    case TensorPlace::Form::opaque:
      break;
  }
  return std::nullopt;
}

void Flattener::count_work(std::size_t amount, std::uint64_t offset) {
  work_ += amount;
  if (work_ > work_limit) {
    source_.fail_at(offset, "the model grows beyond all bounds when its functions are written out; no exporter writes such a file");
  }
}

void Flattener::count_copies(const Scope& scope, std::size_t amount, std::uint64_t offset) {
  count_work(scope.where.size() * amount / bytes_per_work, offset);
  if (scope.function != nullptr) count_work(amount, offset);
}

void Flattener::add_initializers(const GraphProto& graph, Scope& scope) {
  for (const TensorProto& proto : graph.initializers) {
    const ValueId value = declare(scope, proto.name, proto.body.begin);
    const auto form = dtype_of(proto.data_type) == DType::other ? TensorPlace::Form::opaque : TensorPlace::Form::tensor;
    const std::string& name = graph_.values[static_cast<std::size_t>(value)].name;
    attach(value,
           add_tensor(stored(proto, name, scope.where, Storage::initializer), {form, &proto, nullptr, nullptr, scope.function != nullptr}));
  }
  for (const SparseTensorProto& sparse : graph.sparse_initializers) {
    const ValueId value = declare(scope, sparse.values.name, sparse.values.body.begin);
    StoredTensor tensor = stored(sparse.values, graph_.values[static_cast<std::size_t>(value)].name, scope.where, Storage::initializer);
    tensor.dtype = DType::other;
    tensor.shape = sparse.dims;
    attach(value, add_tensor(std::move(tensor), {TensorPlace::Form::opaque, &sparse.values, nullptr, nullptr, scope.function != nullptr}));
  }
}

std::vector<std::size_t> Flattener::order_of(const std::vector<NodeProto>& nodes) const {
  std::unordered_map<std::string_view, std::size_t> producer;
  bool sorted = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view output : nodes[i].outputs) producer.emplace(output, i);
  }
  producer.erase(std::string_view{});
  std::vector<std::vector<std::size_t>> readers(nodes.size());
  std::vector<std::size_t> waiting(nodes.size(), 0);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string_view input : nodes[i].inputs) {
      const auto found = producer.find(input);
      if (found == producer.end()) continue;
      readers[found->second].push_back(i);
      ++waiting[i];
      sorted = sorted && found->second < i;
    }
  }
  std::vector<std::size_t> order;
  order.reserve(nodes.size());
  if (sorted) {
    for (std::size_t i = 0; i < nodes.size(); ++i) order.push_back(i);
    return order;
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::size_t reader : readers[node]) {
      if (--waiting[reader] == 0) ready.push(reader);
    }
  }
  if (order.size() != nodes.size()) {
    std::size_t stuck = 0;
    while (waiting[stuck] == 0) ++stuck;
    source_.fail_at(nodes[stuck].body.begin,
                    fmt::format("node '{}' ({}) depends on its own output, expected a graph without cycles; export "
                                "the model again",
                                nodes[stuck].name, nodes[stuck].op));
  }
  return order;
}

void Flattener::add_nodes(const std::vector<NodeProto>& nodes, Scope& scope) {
  for (const NodeProto& node : nodes) {
    for (const std::string_view output : node.outputs) {
      if (!output.empty()) declare(scope, output, node.body.begin);
    }
  }
  for (const std::size_t index : order_of(nodes)) {
    const NodeProto& node = nodes[index];
    count_work(1 + node.inputs.size() + node.outputs.size(), node.body.begin);
    count_copies(scope, copies_of(node), node.body.begin);
    const bool named = !node.name.empty() && node.name.size() <= longest_label;
    add_node(node, named ? std::string(node.name) : fmt::format("{}_{}", node.op.substr(0, longest_label), index), scope);
  }
}

std::vector<ValueId> Flattener::add_contents(const GraphProto& graph, Scope& scope) {
  constexpr std::size_t tensor_work = 8;  // a tensor with its value, place and names
  const std::size_t tensors = graph.initializers.size() + graph.sparse_initializers.size();
  count_copies(scope, tensor_work * tensors + graph.infos.size() + graph.outputs.size(), graph.body.begin);
  add_initializers(graph, scope);
  add_nodes(graph.nodes, scope);
  for (const ValueInfoProto& info : graph.infos) {
    const auto found = scope.names.find(info.name);
    if (found != scope.names.end()) describe(found->second, info);
  }
  std::vector<ValueId> outputs;
  for (const ValueInfoProto& info : graph.outputs) {
    const ValueId* const value = find(scope, info.name);
    if (value == nullptr) {
      source_.fail_at(info.offset, fmt::format("the graph's output '{}' is defined nowhere; export the model again", info.name));
    }
    describe(*value, info);
    outputs.push_back(*value);
  }
  return outputs;
}

std::vector<ValueId> Flattener::add_body(const GraphProto& graph, Scope& scope, std::span<const ValueId> inputs) {
  if (scope.depth > nesting_limit) {
    source_.fail_at(
        graph.body.begin,
        fmt::format("graphs and functions stand more than {} deep in each other; no exporter writes such a file", nesting_limit));
  }
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ValueInfoProto& info = graph.inputs[i];
    if (i < inputs.size()) {
      scope.names.emplace(info.name, inputs[i]);
    } else {
      describe(declare(scope, info.name, info.offset), info);
    }
  }
  return add_contents(graph, scope);
}

Flat Flattener::run() {
  const GraphProto& graph = *model_.graph;
  Scope scope;
  scope.opsets = &opsets_;
  std::unordered_set<std::string_view> initialized;
  for (const TensorProto& tensor : graph.initializers) initialized.insert(tensor.name);
  for (const SparseTensorProto& tensor : graph.sparse_initializers) initialized.insert(tensor.values.name);
  for (const ValueInfoProto& info : graph.inputs) {
    if (initialized.contains(info.name)) continue;  // up to IR 3 every initializer is listed as an input
    const ValueId value = declare(scope, info.name, info.offset);
    describe(value, info);
    graph_.values[static_cast<std::size_t>(value)].graph_input = true;
    graph_.inputs.push_back(value);
  }
  for (const ValueId value : add_contents(graph, scope)) {
    graph_.values[static_cast<std::size_t>(value)].graph_output = true;
    graph_.outputs.push_back(value);
  }
  try {
    finish(graph_);
  } catch (const Error& error) { fail(error.code(), fmt::format("{}: {}", source_.name, error.what())); }
  flat_.origins.resize(graph_.nodes.size());
  for (std::size_t node = 0; node < graph_.nodes.size(); ++node) {
    for (const ValueId output : graph_.nodes[node].outputs) {
      if (output != absent) flat_.origins[node] = origins_.at(output);
    }
  }
  return std::move(flat_);
}

Flat flatten(OnnxFile& file) { return Flattener(file).run(); }

}  // namespace evenkeel::onnx
