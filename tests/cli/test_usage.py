# SPDX-License-Identifier: Apache-2.0
"""What the command says to a wrong command line or file, and with which exit code."""

import json
import resource
import subprocess

import pytest


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["pln", "x"], "did you mean plan?"),
        (["plan", "--recpie", "auto", "{mlp}"], "did you mean --recipe?"),
        (["plan"], "MODEL"),
        (["plan", "{mlp}", "--recipe", "pytroch"], "did you mean pytorch?"),
        (["plan", "{mlp}", "--set", "fc0.weight=he_norml"], "he_normal"),
        (["plan", "{mlp}", "--set", "fc0.weigth=he_normal"], "did you mean fc0.weight"),
        (["plan", "{mlp}", "--set", "fc0.weight"], "GLOB=SCHEME"),
        (["plan", "{mlp}", "--set", "*.bias=he_normal"], "fc0.bias"),
        (["plan", "{mlp}", "--only", "nothing*"], "--only nothing*"),
        (["plan", "{mlp}", "--untie", "fc0.weight"], "--untie"),
        (["plan", "{mlp}", "--unknown", "lecun_norml"], "lecun_normal"),
        (["init", "{mlp}"], "-o OUT"),
        (["init", "{mlp}", "-o", "{mlp}"], "--in-place"),
        (["init", "{mlp}", "-o", "{out}", "--seed", "-1"], "--seed"),
        (["init", "{mlp}", "-o", "{out}", "--seed", "1.5"], "--seed"),
        (["init", "{mlp}", "-o", "{out}", "--plan", "p.json", "--recipe", "auto"], "excludes"),
        (["init", "mlp:8,4", "--in-place"], "mlp:8,4"),
        (["init", "{mlp}", "-o", "{folder}"], "is a folder; expected the name of a file"),
        (["init", "{mlp}", "-o", "{folder}", "--force"], "is a folder; expected the name of a file"),
        (["schemes", "he_norml"], "did you mean he_normal?\n"),
    ],
)
def test_usage_errors(evenkeel, model_folder, tmp_path, arguments, said):
    filled = [a.format(mlp=model_folder / "mlp.onnx", out=tmp_path / "out.onnx", folder=tmp_path) for a in arguments]
    done = evenkeel(*filled, code=2)
    assert done.stderr.startswith("evenkeel: error: ")
    assert said in done.stderr
    assert not (tmp_path / "out.onnx").exists()


def test_no_command_prints_the_help(evenkeel):
    assert "schemes" in evenkeel(code=2).stderr


@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["init", "--help"], ["schemes", "--help"], ["--version"]])
def test_help(evenkeel, arguments):
    assert evenkeel(*arguments).stdout


def test_missing_and_wrong_files(evenkeel, tmp_path, model_folder):
    assert "did you mean mlp?" in evenkeel("plan", "mpl:3,4", code=3).stderr
    assert "nowhere.onnx" in evenkeel("plan", tmp_path / "nowhere.onnx", code=3).stderr
    (tmp_path / "text.onnx").write_text("this is no model at all")
    assert "text.onnx" in evenkeel("plan", tmp_path / "text.onnx", code=3).stderr
    whole = (model_folder / "mlp.onnx").read_bytes()
    for part in (1, 2, 5):
        (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) * part // 6])
        assert "cut.onnx" in evenkeel("plan", tmp_path / "cut.onnx", code=3).stderr


def test_unknown_role_names_the_tensor_and_two_ways_out(evenkeel, model_folder, planned):
    done = evenkeel("plan", model_folder / "mystery.onnx", code=2)
    assert "mystery" in done.stderr and "--set" in done.stderr and "--unknown lecun_normal" in done.stderr
    entry = planned(model_folder / "mystery.onnx", "--unknown", "lecun_normal")["mystery"]
    assert entry["assumed"] and "ssumed" in entry["reason"] and abs(entry["std"] - 1 / 8) < 1e-9
    assert planned(model_folder / "mystery.onnx", "--set", "mystery=normal(std=0.5)")["mystery"]["std"] == 0.5


def test_a_wrong_recipe_file_is_told_by_line(evenkeel, model_folder, tmp_path):
    recipe = tmp_path / "r.toml"
    recipe.write_text('base = "auto"\n[[rule]]\nschem = "zeros"\n')
    said = evenkeel("plan", model_folder / "mlp.onnx", "--recipe", recipe, code=3).stderr
    assert "line 3" in said and "did you mean scheme?" in said


def test_existing_output_needs_force(evenkeel, model_folder, tmp_path):
    out = tmp_path / "out.onnx"
    out.write_text("precious")
    assert "--force" in evenkeel("init", model_folder / "mlp.onnx", "-o", out, code=2).stderr
    assert out.read_text() == "precious"
    evenkeel("init", model_folder / "mlp.onnx", "-o", out, "--force")
    assert out.read_bytes()[:1] != b"p"


def test_output_that_cannot_be_written(evenkeel, model_folder, tmp_path):
    evenkeel("init", model_folder / "mlp.onnx", "-o", tmp_path / "no" / "folder.onnx", code=5)


def test_a_full_standard_output_is_an_error(build, model_folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([build / "evenkeel", "plan", model_folder / "mlp.onnx"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 5


def test_schemes(evenkeel):
    rows = json.loads(evenkeel("schemes", "--json").stdout)
    assert {"he_normal", "orthogonal", "zeros"} <= {row["name"] for row in rows}
    for row in rows:
        assert row["formula"] in json.loads(evenkeel("schemes", row["name"], "--json").stdout)["formula"]
    assert "kaiming_normal" in evenkeel("schemes", "he_normal").stdout


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_tables_fit_the_width(evenkeel, model_folder, width):
    environment = {"COLUMNS": str(width)}
    texts = [evenkeel("plan", model_folder / f"{name}.onnx", *more, env=environment).stdout
             for name in ("cnn", "transformer") for more in ([], ["--all"])]  # fmt: skip
    texts += [evenkeel("schemes", *name, env=environment).stdout for name in ([], ["he_normal"])]
    for text in texts:
        assert max(map(len, text.splitlines())) <= width, text
    if width != 60:
        assert ("not shown at this width: shape" in texts[2]) == (width == 40), texts[2]


def renamed(source, target, old, new):
    """The model with one name replaced by bytes of the same length, which need not be UTF-8."""
    assert len(old) == len(new)
    data = source.read_bytes()
    assert old in data
    target.write_bytes(data.replace(old, new))
    return target


@pytest.mark.parametrize("name, shown", [(b"\x1b[3m\n\"evil", '\\x1b[3m\\x0a"evil'), (b"\xff\xfeevil.two", "\\xff\\xfeevil.two")])
def test_names_cannot_steer_the_terminal(build, model_folder, tmp_path, name, shown):
    model = renamed(model_folder / "mlp.onnx", tmp_path / "evil.onnx", b"fc0.weight", name)
    for options in (["--all"], ["--set", "*evil*=dirac"], ["--only", "nothing*"], ["--set", "fc0.*=he_norml"]):
        done = subprocess.run([build / "evenkeel", "plan", model, *options], capture_output=True, env={"COLUMNS": "200"})
        said = (done.stdout + done.stderr).decode("utf-8")
        assert "\x1b" not in said
        if done.returncode == 0 or options[1] == "*evil*=dirac":
            assert shown in said, said


def run_in_little_memory(build, out, model, *more):
    if b"__asan_init" in (build / "evenkeel").read_bytes():
        pytest.skip("a sanitizer needs more address space than the limit, and ends the run itself")

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))

    arguments = [build / "evenkeel", "init", model, "-o", out, *more]
    return subprocess.run(arguments, capture_output=True, text=True, preexec_fn=limit)


def test_out_of_memory_names_the_bytes(build, tmp_path):
    out = tmp_path / "out.onnx"
    done = run_in_little_memory(build, out, "mlp:14000,14000:relu", "--set", "*.weight=orthogonal")  # made as a whole
    assert done.returncode == 5 and "out of memory" in done.stderr and "784000000 bytes" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_without_room_is_refused_before_the_work(build, tmp_path):
    done = run_in_little_memory(build, tmp_path / "out.onnx", "mlp:1000000,1000000:relu")
    assert done.returncode == 5 and "4000004000000 bytes have no room" in done.stderr
    assert not list(tmp_path.iterdir())


def test_no_colours_in_a_pipe(evenkeel, model_folder):
    assert "\x1b" not in evenkeel("plan", model_folder / "cnn.onnx", env={"NO_COLOR": ""}).stdout


def test_repeated_layers_fold(evenkeel, model_folder):
    assert "h.{0..1}.qkv.weight" in evenkeel("plan", model_folder / "transformer.onnx", env={"COLUMNS": "160"}).stdout
    every = evenkeel("plan", model_folder / "transformer.onnx", "--all", env={"COLUMNS": "160"}).stdout
    assert "h.0.qkv.weight" in every and "h.1.qkv.weight" in every
