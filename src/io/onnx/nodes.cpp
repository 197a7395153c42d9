// SPDX-License-Identifier: Apache-2.0
// Constants, aliases, plain nodes and function calls.
#include <fmt/format.h>

#include <algorithm>

#include "io/onnx/arity.hpp"
#include "io/onnx/flattener.hpp"

namespace evenkeel::onnx {

const AttributeProto* Flattener::argument(const AttributeProto& attribute, const Scope& scope) const {
  if (attribute.reference.empty()) return &attribute;
  if (scope.arguments != nullptr) {
    const auto given = scope.arguments->find(attribute.reference);
    if (given != scope.arguments->end()) return given->second;
  }
  if (scope.function != nullptr) {
    const Arguments& defaults = function_defaults_.at(scope.function);
    const auto standard = defaults.find(attribute.reference);
    if (standard != defaults.end()) return standard->second;
  }
  return nullptr;  // left out by the caller: the operator's own default holds
}

const AttributeProto* Flattener::find_attribute(const NodeProto& node, std::string_view name, const Scope& scope) const {
  for (const AttributeProto& attribute : node.attributes) {
    if (attribute.name == name) return argument(attribute, scope);
  }
  return nullptr;
}

std::vector<ValueId> Flattener::inputs_of(const NodeProto& node, const Scope& scope) const {
  std::vector<ValueId> inputs;
  inputs.reserve(node.inputs.size());
  for (const std::string_view input : node.inputs) inputs.push_back(resolve(scope, input, node));
  return inputs;
}

ValueId Flattener::output_of(const NodeProto& node, std::size_t slot, const Scope& scope) const {
  if (slot >= node.outputs.size() || node.outputs[slot].empty()) return absent;
  return scope.names.find(node.outputs[slot])->second;
}

NodeId Flattener::push(Node node, const NodeOrigin& origin) {
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  for (const ValueId output : node.outputs) {
    if (output != absent) origins_[output] = origin;
  }
  graph_.nodes.push_back(std::move(node));
  return id;
}

void Flattener::add_node(const NodeProto& node, const std::string& label, Scope& scope) {
  if (const FunctionProto* const function = find_function(node)) {
    add_call(node, label, scope, *function);
    return;
  }
  if (node.domain.empty()) {
    if (node.op == "Constant" && add_constant(node, scope)) return;
    if (node.op == "ConstantOfShape" && add_constant_of_shape(node, scope)) return;
    if (node.op == "Identity" && add_identity(node, scope)) return;
    if (node.op == "If") return add_if(node, label, scope);
    if (node.op == "Loop") return add_loop(node, label, scope);
    if (node.op == "Scan") return add_scan(node, label, scope);
    if (node.op == "SequenceMap") return add_sequence_map(node, label, scope);
  }
  add_plain(node, label, scope);
}

bool Flattener::add_constant(const NodeProto& node, Scope& scope) {
  const ValueId output = output_of(node, 0, scope);
  if (output == absent) return true;
  for (const AttributeProto& written : node.attributes) {
    const AttributeProto* const attribute = argument(written, scope);
    if (attribute == nullptr) continue;
    StoredTensor tensor;
    TensorPlace place{TensorPlace::Form::number, nullptr, &node, attribute, scope.function != nullptr};
    if (attribute->tensor_list.size() == 1) {
      place.tensor = &attribute->tensor_list.front();
      tensor = stored(*place.tensor, {}, scope.where, Storage::constant_node);
      place.form = tensor.dtype == DType::other ? TensorPlace::Form::opaque : TensorPlace::Form::tensor;
    } else if (attribute->sparse_list.size() == 1) {
      tensor.shape = attribute->sparse_list.front().dims;
      tensor.dtype = DType::other;
      place.form = TensorPlace::Form::opaque;
    } else {
      switch (attribute->type) {
        case Kind::real:
          tensor.dtype = DType::f32;
          break;
        case Kind::reals:
          tensor.dtype = DType::f32;
          tensor.shape = {static_cast<std::int64_t>(attribute->floats.size())};
          break;
        case Kind::integer:
          tensor.dtype = DType::i64;
          break;
        case Kind::integers:
          tensor.dtype = DType::i64;
          tensor.shape = {static_cast<std::int64_t>(attribute->ints.size())};
          break;
        case Kind::text:
          tensor.dtype = DType::other;
          break;
        case Kind::texts:
          tensor.dtype = DType::other;
          tensor.shape = {static_cast<std::int64_t>(attribute->strings.size())};
          break;
        default:
          continue;
      }
      // A number that the caller of a function gives has no place of its own in the function.
      if (attribute != &written || tensor.dtype == DType::other) place.form = TensorPlace::Form::opaque;
    }
    const void* const key = place.tensor != nullptr ? static_cast<const void*>(place.tensor) : attribute;
    const auto shared = scope.function != nullptr ? shared_.find(key) : shared_.end();
    if (shared != shared_.end()) {
      attach(output, shared->second);
      return true;
    }
    tensor.name = graph_.values[static_cast<std::size_t>(output)].name;
    tensor.where = scope.where;
    tensor.storage = Storage::constant_node;
    const TensorId id = add_tensor(std::move(tensor), place);
    holders_.back() = scope.function;
    if (scope.function != nullptr) shared_.emplace(key, id);
    attach(output, id);
    return true;
  }
  return false;
}

bool Flattener::add_constant_of_shape(const NodeProto& node, Scope& scope) {
  const ValueId output = output_of(node, 0, scope);
  if (node.inputs.size() != 1 || output == absent) return false;
  const ValueId input = resolve(scope, node.inputs[0], node);
  if (input == absent) return false;
  const Value& extents = graph_.values[static_cast<std::size_t>(input)];
  if (extents.tensor == absent || !extents.integers || holders_[static_cast<std::size_t>(extents.tensor)] != scope.function) return false;
  TensorProto shaped;
  shaped.body = node.body;
  shaped.name = node.outputs[0];
  shaped.dims = *extents.integers;
  shaped.data_type = 1;
  TensorPlace place{TensorPlace::Form::constant_of_shape, nullptr, &node, nullptr, scope.function != nullptr};
  const AttributeProto* const fill = find_attribute(node, "value", scope);
  if (fill != nullptr && !fill->tensor_list.empty()) {
    place.tensor = &fill->tensor_list.front();
    const std::size_t width = size_of(dtype_of(place.tensor->data_type));
    const bool given = place.tensor->data != TensorProto::Data::none;
    if (width == 0 || !given || byte_size_of(source_, *place.tensor) != width) return false;
    shaped.data_type = place.tensor->data_type;
  }
  for (const std::int64_t dimension : shaped.dims) {
    if (dimension < 0) {
      source_.fail_at(node.body.begin, fmt::format("node '{}' makes a tensor of shape {}, expected no negative dimension; export the model "
                                                   "again",
                                                   node.name, to_string(shaped.dims)));
    }
  }
  (void)byte_size_of(source_, shaped);
  const auto shared = scope.function != nullptr ? shared_.find(&node) : shared_.end();
  if (shared != shared_.end()) {
    attach(output, shared->second);
    return true;
  }
  const std::string name = graph_.values[static_cast<std::size_t>(output)].name;
  const TensorId id = add_tensor(stored(shaped, name, scope.where, Storage::constant_of_shape), place);
  holders_.back() = scope.function;
  if (scope.function != nullptr) shared_.emplace(&node, id);
  attach(output, id);
  return true;
}

bool Flattener::add_identity(const NodeProto& node, Scope& scope) {
  const ValueId output = output_of(node, 0, scope);
  if (node.inputs.size() != 1 || output == absent) return false;
  const ValueId input = resolve(scope, node.inputs[0], node);
  if (input == absent) return false;
  const TensorId original = graph_.values[static_cast<std::size_t>(input)].tensor;
  if (original == absent) return false;
  if (holders_[static_cast<std::size_t>(original)] != scope.function) {
    attach(output, original);  // a tensor that a function is given: the Identity serves many calls and is no copy of its own
    return true;
  }
  const auto shared = scope.function != nullptr ? shared_.find(&node) : shared_.end();
  if (shared != shared_.end()) {
    attach(output, shared->second);
    return true;
  }
  StoredTensor copy = graph_.tensors[static_cast<std::size_t>(original)];
  copy.alias_of = copy.storage == Storage::alias ? copy.alias_of : original;
  copy.storage = Storage::alias;
  copy.name = graph_.values[static_cast<std::size_t>(output)].name;
  copy.where = scope.where;
  const TensorPlace place{TensorPlace::Form::identity, nullptr, &node, nullptr, scope.function != nullptr, original};
  const TensorId id = add_tensor(std::move(copy), place);
  holders_.back() = scope.function;
  if (scope.function != nullptr) shared_.emplace(&node, id);
  attach(output, id);
  return true;
}

void Flattener::add_attribute(const NodeProto& node, const AttributeProto& written, const std::string& label, Scope& scope, Node& out) {
  const AttributeProto* const attribute = argument(written, scope);
  if (attribute == nullptr) return;
  Attribute value;
  switch (attribute->type) {
    case Kind::real:
      value = static_cast<double>(attribute->f);
      break;
    case Kind::integer:
      value = attribute->i;
      break;
    case Kind::text:
      value = std::string(attribute->s);
      break;
    case Kind::reals:
      value = std::vector<double>(attribute->floats.begin(), attribute->floats.end());
      break;
    case Kind::integers:
      value = attribute->ints;
      break;
    case Kind::texts:
      value = std::vector<std::string>(attribute->strings.begin(), attribute->strings.end());
      break;
    case Kind::tensor: {
      if (attribute->tensor_list.empty()) return;
      const TensorProto& proto = attribute->tensor_list.front();
      const auto shared = scope.function != nullptr ? shared_.find(&proto) : shared_.end();
      if (shared != shared_.end()) {
        value = TensorAttribute{shared->second};
        break;
      }
      const auto form = dtype_of(proto.data_type) == DType::other ? TensorPlace::Form::opaque : TensorPlace::Form::tensor;
      const std::string name = unique_name(fmt::format("{}.{}", label, written.name), scope.where);
      const TensorId id =
          add_tensor(stored(proto, name, scope.where, Storage::constant_node), {form, &proto, &node, attribute, scope.function != nullptr});
      holders_.back() = scope.function;
      if (scope.function != nullptr) shared_.emplace(&proto, id);
      value = TensorAttribute{id};
      break;
    }
    case Kind::graph:
    case Kind::graphs:
      for (const GraphProto& graph : attribute->graph_list) {
        Scope inner = inner_scope(scope, label, written.name);
        (void)add_body(graph, inner, {});
      }
      return;
    default:
      return;  // lists of tensors, sparse tensors, types: no operator that matters here has them
  }
  out.attributes.emplace(std::string(written.name), std::move(value));
}

void Flattener::check_arity(const NodeProto& node) const {
  const Arity arity = arity_of(node.op);
  for (std::size_t slot = 0; slot < arity.inputs; ++slot) {
    if (slot < node.inputs.size() && !node.inputs[slot].empty()) continue;
    source_.fail_at(node.body.begin, fmt::format("node '{}' ({}) has no input {}, expected at least {}; export the model again", node.name,
                                                 node.op, slot + 1, arity.inputs));
  }
  if (arity.one_output && (node.outputs.empty() || node.outputs[0].empty()))
    source_.fail_at(node.body.begin, fmt::format("node '{}' ({}) has no output, expected one; export the model again", node.name, node.op));
}

void Flattener::add_plain(const NodeProto& node, const std::string& label, Scope& scope) {
  if (node.domain.empty()) check_arity(node);
  Node out;
  out.name = std::string(node.name);
  out.op = std::string(node.op);
  out.domain = std::string(node.domain);
  const auto opset = scope.opsets->find(node.domain);
  if (opset != scope.opsets->end()) out.opset = opset->second;
  out.inputs = inputs_of(node, scope);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) out.outputs.push_back(output_of(node, i, scope));
  for (const AttributeProto& attribute : node.attributes) add_attribute(node, attribute, label, scope, out);
  out.scope = scope_of(node);
  out.class_name = class_of(node);
  if (out.scope.empty()) out.scope = scope.module;
  if (out.class_name.empty()) out.class_name = scope.module_class;
  push(std::move(out), {&node, 0, scope.function != nullptr});
}

void Flattener::add_call(const NodeProto& node, const std::string& label, Scope& scope, const FunctionProto& function) {
  Scope callee;
  callee.where = scope.where.empty() ? label : fmt::format("{}/{}", scope.where, label);
  callee.function = &function;
  callee.opsets = &function_opsets_.at(&function);
  callee.depth = scope.depth + 1;
  callee.module = scope_of(node);
  callee.module_class = class_of(node);
  if (callee.module.empty()) callee.module = scope.module;
  if (callee.module_class.empty()) callee.module_class = scope.module_class;
  if (callee.depth > nesting_limit) {
    source_.fail_at(node.body.begin,
                    fmt::format("function '{}' is called more than {} deep in others, or by itself; no exporter writes such a "
                                "file",
                                function.name, nesting_limit));
  }
  Arguments arguments;
  for (const AttributeProto& written : node.attributes) {
    if (const AttributeProto* const given = argument(written, scope)) arguments.emplace(written.name, given);
  }
  callee.arguments = &arguments;
  count_work(function.inputs.size() + function.outputs.size() + function.infos.size() + arguments.size(), node.body.begin);
  count_work((callee.module.size() + callee.module_class.size()) * function.nodes.size() / 64, node.body.begin);
  for (std::size_t i = 0; i < function.inputs.size(); ++i) {
    callee.names.emplace(function.inputs[i], i < node.inputs.size() ? resolve(scope, node.inputs[i], node) : absent);
  }
  for (std::size_t i = 0; i < function.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    if (output != absent) callee.results.emplace(function.outputs[i], output);
  }
  add_nodes(function.nodes, callee);
  for (const ValueInfoProto& info : function.infos) {
    const auto found = callee.names.find(info.name);
    if (found != callee.names.end()) describe(found->second, info);
  }
  for (std::size_t i = 0; i < function.outputs.size(); ++i) {
    const ValueId output = output_of(node, i, scope);
    const auto found = callee.names.find(function.outputs[i]);
    if (found == callee.names.end()) {
      source_.fail_at(function.body.begin, fmt::format("output '{}' of function '{}' is defined nowhere; export the model again",
                                                       function.outputs[i], function.name));
    }
    if (output == absent || found->second == output || found->second == absent) continue;
    const TensorId passed = graph_.values[static_cast<std::size_t>(found->second)].tensor;
    if (passed != absent) {
      attach(output, passed);
      continue;
    }
    Node copy;
    copy.name = std::string(node.name);
    copy.op = "Identity";
    copy.opset = 1;
    copy.inputs = {found->second};
    copy.outputs = {output};
    push(std::move(copy), {&node, -1, scope.function != nullptr});
  }
}

}  // namespace evenkeel::onnx
