// SPDX-License-Identifier: Apache-2.0
// evenkeel.fill(): arguments to a geometry and a stream, then the library without the interpreter's lock.
#include "evenkeel/fill/fill.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>
#include <nanobind/typing.h>

#include "bindings.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/generate.hpp"
#include "memory.hpp"

namespace evenkeel::python {
namespace {

using FanPair = std::pair<double, double>;
using FansArgument = std::variant<FanPair, std::vector<FanPair>>;
using SchemeArgument = std::variant<std::string, Scheme>;
using SizeList = std::vector<std::int64_t>;
using SectionList = std::vector<std::pair<std::string, std::int64_t>>;

// These make no use of their stream.
constexpr std::array<std::string_view, 6> without_numbers{"zeros", "ones", "constant", "identity", "dirac", "lstm_forget_bias"};

[[noreturn]] void refuse(const std::string& message) { fail(ErrorCode::invalid_argument, "fill: " + message); }

std::uint64_t seed_of(nb::handle seed) {
  const auto number = nb::steal(PyNumber_Index(seed.ptr()));
  if (!number.is_valid()) throw nb::python_error();
  const unsigned long long value = PyLong_AsUnsignedLongLong(number.ptr());
  if (value == static_cast<unsigned long long>(-1) && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    refuse("expected a seed from 0 to 2^64 - 1, got " + nb::cast<std::string>(nb::str(number)));
  }
  return value;
}

Stream stream_of(const Scheme& scheme, const nb::object& seed, const std::optional<std::string>& name) {
  const bool random = std::find(without_numbers.begin(), without_numbers.end(), scheme.name) == without_numbers.end();
  if (random && (seed.is_none() || !name))
    refuse(scheme.name + " draws numbers: expected seed=... and the tensor's name=..., which say which numbers");
  return make_stream(seed.is_none() ? 0 : seed_of(seed), name.value_or(""));
}

Role role_of(const std::optional<std::string>& name) {
  if (!name) return Role::unknown;
  const auto role = find_role(*name);
  if (!role) refuse("expected a role such as dense, conv, embedding or packed_qkv, got '" + *name + "'");
  return *role;
}

std::vector<Section> sections_of(const SectionList& list) {
  std::vector<Section> sections;
  std::int64_t at = 0;
  for (const auto& [name, size] : list) {
    if (size < 0 || size > INT64_MAX - at) refuse("expected sections of a size of at least 0 each, got '" + name + "'");
    sections.push_back({name, at, at + size});
    at += size;
  }
  return sections;
}

std::vector<Fans> fans_of(const std::optional<FansArgument>& argument) {
  std::vector<Fans> fans;
  if (!argument) return fans;
  if (const auto* one = std::get_if<FanPair>(&*argument)) return {{one->first, one->second}};
  for (const auto& [fan_in, fan_out] : std::get<std::vector<FanPair>>(*argument)) fans.push_back({fan_in, fan_out});
  return fans;
}

int axis_of(std::optional<int> axis, std::size_t rank, bool needed) {
  if (!axis) {
    if (needed) refuse("expected section_axis=..., the axis that the sections divide");
    return -1;
  }
  return *axis < 0 ? *axis + static_cast<int>(rank) : *axis;
}

nb::object fill_array(const nb::object& array, const SchemeArgument& scheme_argument, const nb::object& seed,
                      const std::optional<std::string>& name, const std::optional<std::string>& role,
                      const std::optional<std::string>& layout, std::int64_t groups, const std::optional<SizeList>& stride,
                      const std::optional<SectionList>& sections, std::optional<int> section_axis,
                      const std::optional<FansArgument>& fans_argument, const View* view, int threads,
                      const std::optional<std::string>& backend) {
  const auto* given = std::get_if<Scheme>(&scheme_argument);
  const Scheme scheme = given != nullptr ? *given : parse_scheme(std::get<std::string>(scheme_argument));
  const Stream stream = stream_of(scheme, seed, name);
  if (threads < 0) refuse("expected threads >= 0, got " + std::to_string(threads) + "; 0 is one for each processor");
  const Memory memory(array);

  Geometry geometry;
  geometry.role = role_of(role);
  geometry.layout = layout.value_or("");
  geometry.shape = view != nullptr ? view->global : memory.view().shape;
  geometry.groups = groups;
  if (stride) geometry.stride = *stride;
  if (sections) geometry.sections = sections_of(*sections);
  geometry.section_axis = axis_of(section_axis, geometry.shape.size(), !geometry.sections.empty());
  const std::vector<Fans> fans = fans_of(fans_argument);
  const SchemeRow* row = find_scheme(scheme.name);
  if (row != nullptr && row->needs_fans && !layout && fans.empty()) {
    refuse(scheme.name +
           " needs fans, which are never guessed from the shape: expected layout=\"OI\" (output, input; PyTorch's Linear), "
           "\"IO\", \"OIHW\", ..., or fans=(fan_in, fan_out)");
  }

  if (!is_elementwise(scheme) && row != nullptr && !layout && !role && scheme.name != "keep") {
    refuse(scheme.name +
           " needs to know the tensor's rows and columns: expected layout=\"OI\" (output, input; PyTorch's Linear), \"IO\", "
           "\"OIHW\", ..., or role=...");
  }

  GenerateOptions options{.threads = threads, .backend = backend ? std::string_view(*backend) : std::string_view()};
  if (view != nullptr) options.view = *view;
  {
    const nb::gil_scoped_release unlocked;
    generate(memory.view(), scheme, geometry, stream, fans, options);
  }
  memory.announce_change();
  return array;
}

void make_view(View* self, const SizeList& global_shape, std::int64_t offset, const std::optional<SizeList>& strides) {
  static_cast<void>(element_count(global_shape));
  new (self) View{global_shape, strides ? *strides : row_major_strides(global_shape), offset};
}

std::string print(const View& view) {
  const auto list = [](const SizeList& sizes) { return nb::cast<std::string>(nb::repr(nb::tuple(nb::cast(sizes)))); };
  return "View(" + list(view.global) + ", offset=" + std::to_string(view.offset) + ", strides=" + list(view.strides) + ")";
}

constexpr const char* fill_help =
    "Fill an array in place and return it.\n\n"
    "Element i of the tensor called `name` depends on (seed, name, i) alone: the same bits on every machine, for any number of threads.\n"
    "The array is a NumPy array, a PyTorch tensor of the CPU, or another one with writable memory (buffer protocol, DLPack), of any\n"
    "strides, in float64, float32, float16, bfloat16, float8_e4m3fn or float8_e5m2.\n\n"
    "scheme        a name of the table and its arguments, as text or as a Scheme: \"he_normal(mode=fan_out)\"\n"
    "seed, name    which numbers; may be left out where none are drawn (zeros, ones, constant, identity, dirac)\n"
    "layout        what each axis is: O output, I input, D H W taps; \"OI\" is PyTorch's Linear, \"OIHW\" its Conv2d\n"
    "role          what the tensor is where the layout does not tell: \"transposed_conv\", \"embedding\", \"packed_qkv\", ...\n"
    "groups, stride  of the convolution\n"
    "sections      [(name, size), ...] along section_axis, each with fans of its own: q, k, v; gates\n"
    "fans          (fan_in, fan_out) instead of those that layout and role give; or one pair per section\n"
    "view          where the array lies in the tensor that `name` means; layout and sections describe that tensor\n"
    "threads       0: one for each processor\n"
    "backend       a name of backends(); never changes a number";

}  // namespace

void bind_fill(nb::module_& module) {
  nb::class_<View>(module, "View",
                   "Where an array lies in the whole tensor: its element at x has the index offset + sum(strides * x) of the tensor of "
                   "global_shape, row-major. Without strides those of the whole: a rectangle of it that starts at offset.")
      .def("__init__", &make_view, nb::arg("global_shape"), nb::arg("offset") = 0, nb::arg("strides") = nb::none(),
           nb::sig("def __init__(self, global_shape: collections.abc.Sequence[int], offset: int = 0, strides: "
                   "collections.abc.Sequence[int] | None = None) -> None"))
      .def_prop_ro(
          "global_shape", [](const View& self) { return nb::tuple(nb::cast(self.global)); },
          nb::sig("def global_shape(self) -> tuple[int, ...]"))
      .def_ro("offset", &View::offset)
      .def_prop_ro(
          "strides", [](const View& self) { return nb::tuple(nb::cast(self.strides)); }, nb::sig("def strides(self) -> tuple[int, ...]"))
      .def("__repr__", &print)
      .def("__hash__", [](const View& self) { return std::hash<std::string>{}(print(self)); })
      .def(
          "__eq__", [](const View& self, const View& other) { return self == other; }, nb::is_operator(),
          nb::sig("def __eq__(self, other: object, /) -> bool"));

  module.attr("ArrayT") = nb::type_var("ArrayT");
  module.def(
      "fill", &fill_array, nb::arg("array").none(), nb::arg("scheme"), nb::kw_only(), nb::arg("seed") = nb::none(),
      nb::arg("name") = nb::none(), nb::arg("role") = nb::none(), nb::arg("layout") = nb::none(), nb::arg("groups") = 1,
      nb::arg("stride") = nb::none(), nb::arg("sections") = nb::none(), nb::arg("section_axis") = nb::none(), nb::arg("fans") = nb::none(),
      nb::arg("view") = nb::none(), nb::arg("threads") = 0, nb::arg("backend") = nb::none(),
      nb::sig("def fill(array: ArrayT, scheme: str | Scheme, *, seed: int | None = None, name: str | None = None, "
              "role: str | None = None, layout: str | None = None, groups: int = 1, stride: collections.abc.Sequence[int] | None = None, "
              "sections: collections.abc.Sequence[tuple[str, int]] | None = None, section_axis: int | None = None, "
              "fans: tuple[float, float] | collections.abc.Sequence[tuple[float, float]] | None = None, view: View | None = None, "
              "threads: int = 0, backend: str | None = None) -> ArrayT"),
      fill_help);

  nb::class_<Backend>(module, "Backend", "Code for one instruction set.")
      .def_ro("name", &Backend::name)
      .def_ro("description", &Backend::description)
      .def_ro("supported", &Backend::supported)
      .def("__repr__",
           [](const Backend& self) { return "<backend " + std::string(self.name) + (self.supported ? ">" : ", not supported here>"); });
  module.def("backends", &backends, "Every backend in order of preference, those that do not run here too.");
  module.def("active_backend", &active_backend, "The one that fill() uses unless told otherwise; EVENKEEL_BACKEND forces one.");
}

}  // namespace evenkeel::python
