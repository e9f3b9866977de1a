# Everything `make test` runs. Goes on after a failure, so that one run shows all of them; pytest's own summary comes last.
set -u
[ -t 1 ] || export NO_COLOR=1
sh .make/lint.sh
echo "== vitest"
npm --prefix frontend test --silent || echo "vitest" >>.stamp/failed
browser=$(sh .make/chromium.sh) || browser=""
[ -z "$browser" ] || export PLAYWRIGHT_CHROMIUM_EXECUTABLE="$browser"
echo "== pytest"
.venv/bin/python -m pytest ${PYTEST_ARGS:-} || echo "pytest" >>.stamp/failed
[ -n "$browser" ] || echo "Browser tests were skipped: no Chromium was found. Install one, or name it: CHROME=/path/to/chromium make test"
if [ -s .stamp/failed ]; then
    echo "Failed: $(paste -sd, .stamp/failed | sed 's/,/, /g')"
    exit 1
fi
echo "All passed."
