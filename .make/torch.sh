# PyTorch, the version that pyproject.toml pins, into .venv. It is built once for processors and once for each CUDA, from
# several indexes, so no lock holds its hash. Without an NVIDIA card the small build: the other brings gigabytes of CUDA.
set -eu
version=$(sed -n 's/^ *"torch==\(.*\)",$/\1/p' pyproject.toml)
have=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("torch"))' 2>/dev/null || true)
[ "${have%%+*}" != "$version" ] || exit 0
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore PIP_REQUIRE_VIRTUALENV=1
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
install() { .venv/bin/python -m pip install --quiet --progress-bar off "$@" 2>"$errors"; }
echo "Installing PyTorch $version"
if [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1; then
    install "torch==$version+cpu" && exit 0
    install --retries 1 --timeout 20 --extra-index-url https://download.pytorch.org/whl/cpu "torch==$version+cpu" && exit 0
    echo "The build without CUDA was not found; installing the one with it" >&2
fi
install "torch==$version" || { grep -v '^WARNING: Location' "$errors" >&2; exit 1; }
