# SPDX-License-Identifier: Apache-2.0
"""evenkeel.fill() on PyTorch's tensors: in place, whatever requires a gradient, as its own in-place functions."""

import ml_dtypes
import numpy
import pytest

EXACT = {"seed": 1, "name": "w"}
DTYPES = ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]


def expected(ek, shape, dtype="float32", scheme="normal(std=1)", **more):
    dtype = getattr(ml_dtypes, dtype) if dtype.startswith(("bf", "float8")) else dtype
    return ek.fill(numpy.empty(shape, dtype), scheme, **EXACT, **more)


def bits(torch, tensor):
    word = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    return tensor.detach().contiguous().view(word).numpy()


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_has_the_numbers_of_numpy(ek, torch, dtype):
    tensor = torch.empty((5, 7), dtype=getattr(torch, dtype))
    assert ek.fill(tensor, "normal(std=1)", **EXACT) is tensor
    array = expected(ek, (5, 7), dtype)
    assert numpy.array_equal(bits(torch, tensor), array.view(bits(torch, tensor).dtype))


def test_strides_of_a_tensor(ek, torch):
    base = torch.zeros(6, 8)
    ek.fill(base.t()[1:7:2], "normal(std=1)", **EXACT)
    assert numpy.array_equal(base.t()[1:7:2].numpy(), expected(ek, (3, 6)))
    assert not base.t()[0:7:2].any()
    scalar = torch.zeros(())
    assert ek.fill(scalar, "normal(std=1)", **EXACT).item() == expected(ek, ()).item()
    assert ek.fill(torch.zeros(3, 0), "normal(std=1)", **EXACT).shape == (3, 0)
    channels_last = torch.zeros(2, 3, 4, 5).to(memory_format=torch.channels_last)
    assert numpy.array_equal(ek.fill(channels_last, "normal(std=1)", **EXACT).numpy(), expected(ek, (2, 3, 4, 5)))


def test_parameters_are_filled_without_autograd(ek, torch):
    layer = torch.nn.Linear(32, 64)
    assert ek.fill(layer.weight, "he_normal", layout="OI", **EXACT) is layer.weight
    assert layer.weight.requires_grad and layer.weight.is_leaf and layer.weight.grad is None
    assert numpy.array_equal(layer.weight.detach().numpy(), expected(ek, (64, 32), scheme="he_normal", layout="OI"))
    layer(torch.ones(1, 32)).sum().backward()
    assert layer.weight.grad is not None
    with torch.inference_mode():
        ek.fill(torch.empty(4), "normal(std=1)", **EXACT)
    with torch.no_grad():
        ek.fill(layer.bias, "zeros")
    assert not layer.bias.any()


def test_autograd_sees_that_a_saved_tensor_was_changed(ek, torch):
    """As after weight.normal_(): a silent change would give wrong gradients."""
    weight = torch.ones(3, requires_grad=True)
    loss = (weight * weight).sum()
    version = weight._version
    ek.fill(weight, "normal(std=1)", **EXACT)
    assert weight._version == version + 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_flushed_subnormals_reach_no_number(ek, torch):
    """torch.set_flush_denormal() is for PyTorch's own arithmetic, and stays as it was set."""
    scheme = "normal(std=1e-40)"
    wanted = expected(ek, 64, scheme=scheme).view("u4")
    assert torch.set_flush_denormal(True)
    try:
        flushed = ek.fill(torch.empty(64), scheme, **EXACT)
        still = (torch.full((1,), 1e-38) * 1e-2).item()
    finally:
        torch.set_flush_denormal(False)
    assert numpy.array_equal(flushed.numpy().view("u4"), wanted) and wanted.any()
    assert still == 0


def test_a_model_by_its_named_parameters(ek, torch):
    def made(threads):
        model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(32, 4))
        for name, parameter in model.named_parameters():
            layout = {1: None, 2: "OI", 4: "OIHW"}[parameter.dim()]
            ek.fill(parameter, "he_normal" if layout else "zeros", seed=1, name=name, layout=layout, threads=threads)
        return model

    one, two = made(1), made(2)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters()))
    assert torch.isfinite(one(torch.ones(1, 3, 4, 4))).all()
    # std of 216 numbers: the standard error is 5 %, so 5 of them are 25 %
    assert abs(one[0].weight.std().item() / (2 / 27) ** 0.5 - 1) < 0.25


def refused(torch):
    return {
        "meta": (torch.empty(3, device="meta"), ValueError, "got one on device 'meta'"),
        "sparse": (torch.eye(3).to_sparse(), ValueError, "a dense tensor, got layout torch.sparse_coo"),
        "expanded": (torch.zeros(1).expand(3), ValueError, "expanded"),
        "overlapping": (torch.zeros(8).as_strided((3, 3), (1, 1)), ValueError, "do not overlap"),
        "negated": (torch.zeros(3, dtype=torch.complex64).conj().imag, ValueError, "negated"),
        "integers": (torch.zeros(3, dtype=torch.int32), TypeError, "got torch.int32"),
        "complex": (torch.zeros(3, dtype=torch.complex64), TypeError, "got torch.complex64"),
        "another fp8": (torch.zeros(3).to(torch.float8_e4m3fnuz), TypeError, "got torch.float8_e4m3fnuz")}


@pytest.mark.parametrize("case", ["meta", "sparse", "expanded", "overlapping", "negated", "integers", "complex", "another fp8"])
def test_other_tensors_are_refused(ek, torch, case):
    tensor, error, message = refused(torch)[case]
    with pytest.raises(error, match=message):
        ek.fill(tensor, "normal(std=1)", **EXACT)


def test_a_tensor_on_another_device_is_refused(ek, torch):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    with pytest.raises(ValueError, match="got one on device 'cuda:0'"):
        ek.fill(torch.empty(3, device="cuda"), "normal(std=1)", **EXACT)
