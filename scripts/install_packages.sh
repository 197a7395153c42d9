#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_packages.sh NAME...: installs the Debian packages of scripts/packages-NAME.txt that are missing; silent where none is.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

lists=()
for name in "$@"; do lists+=("$here/packages-$name.txt"); done
mapfile -t wanted < <(grep -hEv '^[[:space:]]*(#|$)' "${lists[@]}")

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian system, so nothing was installed. If the build stops, install the likes of: ${wanted[*]}" >&2
  exit 0
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/^installed //p' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF -- "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  as_root=(env)
elif command -v sudo >/dev/null; then
  as_root=(sudo env)
else
  echo "Missing Debian packages: ${missing[*]}" >&2
  echo "You are not root and there is no sudo. Ask an administrator to run:  apt-get install ${missing[*]}" >&2
  exit 1
fi
echo "Installing Debian packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
