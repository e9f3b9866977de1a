# .venv with everything of .lock/$1.txt (run or test), each file checked by its hash, and Parallax itself.
set -eu
which=$1
lock=.lock/$which.txt
sh .make/node.sh # before minutes of installing, not after
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(sh .make/python.sh)
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore PIP_REQUIRE_VIRTUALENV=1
echo "Installing $(grep -c '^[A-Za-z0-9]' "$lock") Python packages (a few minutes the first time)"
.venv/bin/python -m pip install --quiet --progress-bar off --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
mkdir -p .stamp
touch ".stamp/$which"
[ "$which" = run ] || touch .stamp/run # the test lock holds all of the run lock
