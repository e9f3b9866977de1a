"""The HTTP surface: thin routes over the use cases; Pydantic lives here and nowhere else."""
