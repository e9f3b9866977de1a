# The pages and the widget, built into frontend/dist.
set -eu
sh .make/node.sh
cd frontend
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quiet() { # a command's output is shown only when it fails
    "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "failed: $*" >&2; exit 1; }
}
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "Installing the front end's packages"
    quiet npm ci --no-audit --no-fund --loglevel=error
fi
echo "Building the pages and the widget"
quiet npm run build
mkdir -p ../.stamp
touch ../.stamp/frontend
