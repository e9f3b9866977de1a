"""`/v1` with the unmodified `openai` package: other programs need to know nothing of Parallax."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest
from openai import OpenAI

from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, FOLLOW_UP, FOLLOW_UP_ANSWER, QUESTION
from tests.doubles.served import Served


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0, timeout=30) as made:
        yield made


def test_every_variant_is_a_model(client: OpenAI, api: httpx.Client) -> None:
    names = [model.id for model in client.models.list()]
    assert names == ["auto", *(variant["name"] for variant in api.get("/api/variants").json()["items"])]
    assert client.models.retrieve("auto").id == "auto"
    assert client.models.retrieve("rag").owned_by == "parallax"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_a_plain_completion(served: Served, client: OpenAI) -> None:
    served.fake.default = Reply("The sea is deep.")
    made = client.chat.completions.create(model="plain", messages=[{"role": "user", "content": "How is the sea?"}])
    assert made.object == "chat.completion"
    assert made.model == "plain"
    (choice,) = made.choices
    assert (choice.message.content, choice.message.role, choice.finish_reason) == (
        "The sea is deep.",
        "assistant",
        "stop",
    )
    assert made.usage is not None
    assert made.usage.completion_tokens == 4
    assert made.usage.total_tokens == made.usage.prompt_tokens + 4


def test_citations_come_with_the_message(served: Served, client: OpenAI, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    made = client.chat.completions.create(
        model="rag", messages=[{"role": "user", "content": QUESTION}], extra_body={"collection": handbook}
    )
    extra = made.choices[0].message.model_extra
    assert extra is not None
    assert "[1]" in (made.choices[0].message.content or "")
    (citation,) = extra["parallax"]["citations"]
    assert citation["name"] == "heron.md"
    assert "4,200" in citation["quote"]
    assert extra["parallax"]["finish"] == "answered"


def test_a_stream_with_citations_in_its_last_chunk(served: Served, client: OpenAI, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    chunks = list(
        client.chat.completions.create(
            model="rag",
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"collection": handbook},
        )
    )
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    spoken = [chunk for chunk in chunks if chunk.choices]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in spoken)
    assert "4,200 litres" in text
    assert [chunk.choices[0].finish_reason for chunk in spoken] == [*[None] * (len(spoken) - 1), "stop"]
    last = spoken[-1].choices[0].delta.model_extra
    assert last is not None
    assert last["parallax"]["citations"][0]["name"] == "heron.md"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0


def test_no_usage_unless_asked_for(served: Served, client: OpenAI) -> None:
    served.fake.default = Reply("The sea is deep.")
    chunks = list(
        client.chat.completions.create(model="plain", messages=[{"role": "user", "content": "Sea?"}], stream=True)
    )
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)
    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert len(pieces) > 1


def test_the_caller_brings_the_conversation(served: Served, client: OpenAI, handbook: str) -> None:
    served.fake.default = Reply(FOLLOW_UP_ANSWER)
    made = client.chat.completions.create(
        model="rag",
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": ANSWER},
            {"role": "user", "content": [{"type": "text", "text": FOLLOW_UP}]},
        ],
        extra_body={"collection": handbook},
    )
    assert "36 months" in (made.choices[0].message.content or "")
    sent = served.fake.chats()[-1].body["messages"]
    assert ANSWER in [message["content"] for message in sent if message["role"] == "assistant"]
    assert "pirate" not in str(sent)  # the variant's prompt is the variant's


@pytest.mark.parametrize("encoding", [openai.omit, "float", "base64"])
def test_embeddings(client: OpenAI, encoding: object) -> None:
    options = {} if encoding is openai.omit else {"encoding_format": encoding}
    made = client.embeddings.create(model="default", input=["the deep sea", "the deep sea", "a tax return"], **options)  # type: ignore[arg-type]
    vectors = [item.embedding for item in made.data]
    if encoding == "base64":
        assert all(isinstance(vector, str) for vector in vectors)
        assert vectors[0] == vectors[1] != vectors[2]
        return
    assert [item.index for item in made.data] == [0, 1, 2]
    assert vectors[0] == pytest.approx(vectors[1])
    assert vectors[0] != pytest.approx(vectors[2])
    assert sum(x * x for x in vectors[0]) == pytest.approx(1, abs=1e-3)
    assert made.usage.prompt_tokens > 0


def test_one_text_may_be_a_string(client: OpenAI) -> None:
    made = client.embeddings.create(model="default", input="the deep sea")
    assert len(made.data) == 1


def test_mistakes_raise_its_own_exceptions(client: OpenAI) -> None:
    messages = [{"role": "user", "content": "Sea?"}]
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-9", messages=messages)  # type: ignore[arg-type]
    assert "gpt-9" in str(unknown.value)
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="plain", messages=[])
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="plain", messages=[{"role": "assistant", "content": "I said"}])
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="plain", messages=[{"role": "user", "content": "x" * 100_000}])
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="ada", input="x")
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model="default", input=[])


def test_a_broken_model_raises_its_own_exceptions(served: Served, client: OpenAI) -> None:
    messages = [{"role": "user", "content": "Sea?"}]
    served.fake.default = Reply(fault="status", status=429)
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="plain", messages=messages)  # type: ignore[arg-type]
    served.fake.default = Reply(fault="status", status=500)
    with pytest.raises(openai.InternalServerError) as broken:
        client.chat.completions.create(model="plain", messages=messages)  # type: ignore[arg-type]
    assert broken.value.status_code == 502
    served.fake.default = Reply("One two three four.", fault="cut", after=2)
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(model="plain", messages=messages, stream=True))  # type: ignore[arg-type]


def test_what_a_variant_settles_has_no_effect(served: Served, client: OpenAI) -> None:
    served.fake.default = Reply("Yes.")
    client.chat.completions.create(
        model="plain",
        messages=[{"role": "user", "content": "Sea?"}],
        temperature=1.7,
        tools=[{"type": "function", "function": {"name": "rm"}}],
        max_tokens=9,
    )
    sent = served.fake.chats()[-1].body
    assert sent["temperature"] == 0
    assert "tools" not in sent
    assert sent["max_tokens"] > 9


def test_leaving_a_stream_stops_the_model(served: Served, client: OpenAI) -> None:
    served.fake.default = Reply("on and on", fault="endless", pause=0.02)
    aborted = served.fake.aborted
    with client.chat.completions.create(
        model="plain", messages=[{"role": "user", "content": "Sea?"}], stream=True
    ) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 1.0)
