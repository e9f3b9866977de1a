# Pins everything in .lock: test.txt first, then finetune.txt and run.txt, which are the same without the test tools and
# without what training takes. PyTorch and its CUDA libraries are left out: .make/torch.sh picks the build.
# uv reads indexes from its own variables: it is told those of this machine's pip, and none is written into a file.
set -eu
python=$(sh .make/python.sh)
if [ ! -x build/uv/bin/uv ]; then
    "$python" -m venv build/uv
    build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
fi
configured() { "$python" -m pip config get "$1" 2>/dev/null || true; }
set_if() { [ -z "$2" ] || export "$1=$2"; }
set_if UV_INDEX_URL "${PIP_INDEX_URL:-$(configured global.index-url)}"
set_if UV_EXTRA_INDEX_URL "${PIP_EXTRA_INDEX_URL:-$(configured global.extra-index-url)}"
set_if UV_FIND_LINKS "${PIP_FIND_LINKS:-$(configured global.find-links | tr ' ' ',')}"
set_if SSL_CERT_FILE "${PIP_CERT:-$(configured global.cert)}"
pin() {
    build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --index-strategy unsafe-best-match --custom-compile-command "make lock" ${UPGRADE:+--upgrade} pyproject.toml "$@"
}
without_torch() {
    awk '/^[A-Za-z0-9]/ { skip = /^(torch|triton)==|^(nvidia|cuda)-/ } !skip' "$1" >"$1.tmp"
    mv "$1.tmp" "$1"
}
pin --extra test --extra finetune -o .lock/test.txt
pin --extra finetune --constraint .lock/test.txt -o .lock/finetune.txt
pin --constraint .lock/test.txt -o .lock/run.txt
without_torch .lock/test.txt
without_torch .lock/finetune.txt
count() { grep -c '^[A-Za-z0-9]' ".lock/$1.txt"; }
echo "Pinned $(count run) packages to run, $(count finetune) to train and $(count test) to test."
