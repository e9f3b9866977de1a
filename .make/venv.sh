# .venv with everything of .lock/$1.txt (run, finetune or test), each file checked by its hash, and Parallax itself.
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
count=$(grep -c '^[A-Za-z0-9]' "$lock")
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
[ -t 1 ] && live=1 || live=0
echo "Installing $count Python packages (a few minutes the first time)"
# pip tells every step on standard output: shown as a count. What it says on standard error is shown when it fails.
{
    .venv/bin/python -m pip install --progress-bar off --no-deps --require-hashes -r "$lock" 2>"$errors" || echo "exit status $?"
} | awk -v all="$count" -v live="$live" '
    /^Collecting / { n++; if (live) printf "\r  %d of %d  %-40.40s", n, all, $2; else if (n % 50 == 0) print "  " n " of " all; fflush() }
    /^Installing collected/ { if (live) printf "\r%-60s\r", ""; print "  unpacking"; fflush() }
    /^exit status / { status = $3 }
    END { exit status }
' || { grep -v '^WARNING: Location' "$errors" >&2; exit 1; }
[ "$which" = run ] || sh .make/torch.sh
.venv/bin/python -m pip install -qq --no-deps --no-build-isolation -e . 2>"$errors" || { cat "$errors" >&2; exit 1; }
mkdir -p .stamp
touch ".stamp/$which"
[ "$which" = run ] || touch .stamp/run .stamp/finetune # the other locks hold all of the run lock; test's, that of finetune
