"""How a program asks a variant: the same call for curl and for the `openai` package."""

from __future__ import annotations

_CURL = """curl {address}/v1/chat/completions \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{variant}", "messages": [{{"role": "user", "content": "What is the leave policy?"}}]}}'
"""

_PYTHON = """from openai import OpenAI

client = OpenAI(base_url="{address}/v1", api_key="none")
answer = client.chat.completions.create(
    model="{variant}",
    messages=[{{"role": "user", "content": "What is the leave policy?"}}],
)
print(answer.choices[0].message.content)
"""


def of(address: str, variant: str) -> dict[str, str]:
    """`curl` and `python`, ready to be run against the service at that address."""
    given = {"address": address.rstrip("/"), "variant": variant}
    return {"curl": _CURL.format(**given), "python": _PYTHON.format(**given)}
