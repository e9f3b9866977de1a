"""What our layers are measured against: a bare FastAPI pass-through, and the chain of LangChain's own tutorials.

Run as `python -m tests.bench._rivals MODEL_PORT CHROMA_PORT`; prints its port. `/bare` passes the bytes on; `/chain` is
prompt | model | parser; `/rag_chain` embeds the question, asks Chroma for four chunks and puts them before it.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator

import chromadb
import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from service.models.shelf import embedder_from
from service.settings import Settings


class Asked(BaseModel):
    question: str


def build(model_port: int, chroma_port: int) -> FastAPI:
    app = FastAPI()
    base = f"http://127.0.0.1:{model_port}/v1"
    client = httpx.AsyncClient()
    model = ChatOpenAI(base_url=base, api_key="none", model="stand-in", temperature=0)
    embedder = embedder_from(Settings())
    collection = chromadb.HttpClient(host="127.0.0.1", port=chroma_port).get_or_create_collection("rival")

    def retrieve(question: str) -> str:
        found = collection.query(query_embeddings=[embedder.embed_query(question)], n_results=4, include=["documents"])
        return "\n\n".join(found["documents"][0])

    plain = ChatPromptTemplate.from_messages([("system", "You are a helpful assistant."), ("human", "{question}")])
    grounded = ChatPromptTemplate.from_messages(
        [("system", "Answer from this context:\n\n{context}"), ("human", "{question}")]
    )
    chain = plain | model | StrOutputParser()
    rag_chain = (
        {"context": RunnableLambda(retrieve), "question": RunnablePassthrough()} | grounded | model | StrOutputParser()
    )

    @app.post("/bare")
    async def bare(asked: Asked) -> StreamingResponse:
        body = {"model": "stand-in", "stream": True, "messages": [{"role": "user", "content": asked.question}]}

        async def passed_on() -> AsyncIterator[bytes]:
            async with client.stream("POST", f"{base}/chat/completions", json=body) as response:
                async for part in response.aiter_raw():
                    yield part

        return StreamingResponse(passed_on(), media_type="text/event-stream")

    @app.post("/chain")
    async def chained(asked: Asked) -> StreamingResponse:
        return StreamingResponse(chain.astream({"question": asked.question}), media_type="text/plain")

    @app.post("/rag_chain")
    async def rag_chained(asked: Asked) -> StreamingResponse:
        return StreamingResponse(rag_chain.astream(asked.question), media_type="text/plain")

    return app


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(build(int(sys.argv[1]), int(sys.argv[2])), log_level="error", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])
