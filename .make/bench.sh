# Every benchmark of tests/bench: a module whose output is JSON lines. Notes of theirs go to standard error.
set -u
status=0
for file in tests/bench/*.py; do
    name=$(basename "$file" .py)
    case $name in _* | '*') continue ;; esac
    echo "-- $name" >&2
    .venv/bin/python -m "tests.bench.$name" || status=1
done
exit $status
