# Fetches the default models unless they are there already (a look at names and sizes; loading checks the hashes).
set -eu
[ -z "${PARALLAX_CHAT_BASE_URL:-}" ] || [ -z "${PARALLAX_EMBED_BASE_URL:-}" ] || exit 0
if .venv/bin/python -P -c '
import sys
from service.models.files import DEFAULT_CHAT, DEFAULT_EMBEDDING, cache_folder, present
sys.exit(not all(present(name, cache_folder()) for name in (DEFAULT_CHAT, DEFAULT_EMBEDDING)))
'; then exit 0; fi
exec .venv/bin/parallax models pull
