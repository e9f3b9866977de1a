"""Questions in: retrieve, prompt, answer, compare; the HTTP API and the command line."""
