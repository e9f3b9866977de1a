# Fetches the models that the settings (environment and .env) name, unless they are there already (a look at names and
# sizes; loading checks the hashes).
set -eu
exec .venv/bin/parallax models pull
