# Checks for Node 20 or newer with npm, or says what is missing.
set -u
get="Get it from https://nodejs.org or your package manager."
if ! path=$(command -v node 2>/dev/null); then
    echo "Parallax needs Node 20 or newer to build its pages; found none. $get" >&2
    exit 1
fi
version=$("$path" --version 2>/dev/null)
major=${version#v}
major=${major%%.*}
case $major in
    '' | *[!0-9]*) echo "Parallax needs Node 20 or newer; $path does not say its version. $get" >&2; exit 1 ;;
esac
if [ "$major" -lt 20 ]; then
    echo "Parallax needs Node 20 or newer; found $version ($path). $get" >&2
    exit 1
fi
if ! command -v npm >/dev/null 2>&1; then
    echo "Parallax needs npm beside Node $version; found none. $get" >&2
    exit 1
fi
