#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Scores `evenkeel plan` on a model zoo with known answers, where one stands beside the checkout: a folder with make_zoo.py,
# check_plan.py and requirements.txt (EVENKEEL_ZOO, default ../shared/models). Without one it says so and succeeds. The models are made
# once, into build/zoo.
set -euo pipefail
cd "$(dirname "$0")/.."
zoo=${EVENKEEL_ZOO:-../shared/models}
if [ ! -f "$zoo/check_plan.py" ]; then
  echo "skipped: the model zoo score, since there is no $zoo/check_plan.py (name another folder in EVENKEEL_ZOO)"
  exit 0
fi
scripts/make_venv.sh .venv-zoo "$zoo/requirements.txt"
made=build/zoo/.made-from
key=$(find "$zoo" -name '*.py' -print0 | sort -z | xargs -0 cat "$zoo/requirements.txt" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$made" 2>/dev/null)" != "$key" ]; then
  echo "Making the models of the zoo (minutes, once): build/zoo"
  rm -rf build/zoo
  mkdir -p build
  PYTHONDONTWRITEBYTECODE=1 scripts/quietly.sh build/zoo.log .venv-zoo/bin/python "$zoo/make_zoo.py" --out build/zoo
  echo "$key" >"$made"
fi
score() {
  .venv-zoo/bin/python "$zoo/check_plan.py" --zoo build/zoo --command 'build/evenkeel plan {file} --json' --at-least 0.99 "$@"
}
score --files onnx --each-role 0.95
# Name and shape do not tell a depthwise transposed kernel from a depthwise one; the zoo has one such tensor, which is all of its role.
score --files safetensors --each-role 0
