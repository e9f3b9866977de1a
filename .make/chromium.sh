# Prints a Chromium to test with: $CHROME, one on PATH, else Debian's when that installs without a question. Fails without one.
set -u
for name in ${CHROME:-} chromium chromium-browser google-chrome google-chrome-stable chrome; do
    if path=$(command -v "$name" 2>/dev/null); then
        echo "$path"
        exit 0
    fi
done
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 1
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
echo "Installing a Chromium for the browser tests" >&2
if { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    command -v chromium
else
    tail -n 5 "$log" >&2
    rm -f "$log"
    exit 1
fi
