# Prints the Python to use (3.11 or newer, with venv), or says what is missing. PYTHON=... picks one.
set -u
found=""
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    version=$("$path" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    found="${found:+$found, }$version ($path)"
    "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue
    if "$path" -c 'import venv, ensurepip' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
    short=${version%.*}
    echo "Python $version ($path) has no venv module. On Debian and Ubuntu: apt install python$short-venv" >&2
    without_venv=1
done
[ "${without_venv:-}" ] || echo "Parallax needs Python 3.11 or newer; found ${found:-none}. Get it from https://www.python.org or your package manager, or name one: make PYTHON=/path/to/python3" >&2
exit 1
