"""The language models: their files, the local server, and the adapters behind `service.ports.ChatModel`."""
