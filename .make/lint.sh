# Linters and type checkers, every one of them even when one fails. Names of the failed go to .stamp/failed.
set -u
mkdir -p .stamp
: >.stamp/failed
check() {
    name=$1
    shift
    echo "== $name"
    "$@" || { echo "$name" >>.stamp/failed; echo "== $name FAILED"; }
}
check "ruff check" .venv/bin/ruff check .
check "ruff format" .venv/bin/ruff format --check .
check "mypy" .venv/bin/mypy
check "tsc" npm --prefix frontend run --silent check
[ ! -s .stamp/failed ]
