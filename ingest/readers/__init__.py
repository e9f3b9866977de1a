"""One reader a format: `read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument`.

Readers run in the parser's child process only (`ingest.parse_child`), so they may be slow, crash or be killed without
harm to anybody else. They raise `DocumentRefused` for a file that can never be read; anything else they raise becomes
`damaged`.
"""
