"""Text to vectors: LangChain `Embeddings`, in process or by URL."""
