#!/usr/bin/env bash
# reference_suite.sh <build directory> <checkout> [arguments of pytest]: runs the LanceDB tests of the Python package's own suite,
# first on its own store, as a control, then on ours. The environment is that of requirements-suite.txt
# (METAXY_SUITE_VENV, made by `tools/setup.sh suite`): the suite wants other versions than those that our tests pin.
set -euo pipefail

build=$(cd "$1" && pwd)
checkout=$(cd "$2" && pwd)
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${METAXY_SUITE_VENV:-$HOME/.cache/metaxy/venv-suite}/bin/python
export PYTHONDONTWRITEBYTECODE=1

cd "$checkout"
path=$checkout/tests/metaxy_testing/src:$checkout
failed=0
echo "== control: the Python package's own store"
PYTHONPATH=$path "$python" -m pytest -q -p no:cacheprovider tests/ext/lancedb "$@" || failed=1
echo "== our store"
PYTHONPATH=$path:$build/python:$here/python/suite "$python" -m pytest -q -p no:cacheprovider -p metaxy_cpp_suite tests/ext/lancedb "$@" || failed=1
exit $failed
