"""Conversations: who asked what of which variant, what was answered, and what people thought of it."""
