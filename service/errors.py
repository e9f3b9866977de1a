"""What can go wrong between a question and its answer, and how HTTP says it.

    ServiceError (500)
    ├── BadRequest        400/413/422  the request itself; the hint says which part
    ├── Forbidden         401/403      no key, or one without the right
    ├── Unknown           404          no such variant, document, collection, answer ...
    ├── Conflict          409          somebody else holds it, or it was done already
    ├── Busy              429          a limit; `retry_after` seconds
    ├── NotReady          503          a part of the installation is not up
    ├── ModelError        502          the chat model's endpoint
    │   ├── ModelUnreachable  502      refused, DNS, TLS, connection lost before the first token
    │   ├── ModelTimeout      504      nothing came within the first-token or inter-token time
    │   ├── ModelRateLimited  429      the endpoint said 429
    │   ├── ModelRefused      502      the endpoint answered 4xx: wrong key, wrong model name, prompt too long
    │   ├── ModelCut          502      the stream broke after it had begun
    │   └── ModelNonsense     502      not the protocol: HTML, broken JSON, no text at all
    └── ModelFile         500/503      a model file is missing, incomplete or has the wrong hash

`ingest.errors` stays as it is; `api/app.py` maps both trees to `{"code", "message", "hint"}`.
"""

from __future__ import annotations


class ServiceError(Exception):
    """Base of the tree. `code` is stable and machine-readable, `hint` says what to do."""

    status = 500

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_after = retry_after
        if status is not None:
            self.status = status

    def as_dict(self) -> dict[str, str]:
        """The only error body there is."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class BadRequest(ServiceError):
    status = 422


class Forbidden(ServiceError):
    status = 403


class Unknown(ServiceError):
    status = 404


class Conflict(ServiceError):
    status = 409


class Busy(ServiceError):
    status = 429


class NotReady(ServiceError):
    status = 503


class ModelError(ServiceError):
    status = 502


class ModelUnreachable(ModelError):
    pass


class ModelTimeout(ModelError):
    status = 504


class ModelRateLimited(ModelError):
    status = 429


class ModelRefused(ModelError):
    pass


class ModelCut(ModelError):
    pass


class ModelNonsense(ModelError):
    pass


class ModelFile(ServiceError):
    status = 503
