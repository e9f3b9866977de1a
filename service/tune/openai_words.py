"""What OpenAI's fine-tuning API does wrong, in our words, and whether waiting helps."""

from __future__ import annotations

from openai import APIError, APIStatusError

from service.models.failures import message

LONGEST_QUOTE = 300


def refused(error: APIStatusError) -> dict[str, str]:
    """The error for an answer of status 400 or more."""
    said = " ".join(message(error.body).split())[:LONGEST_QUOTE]
    quoted = f" ({said})" if said else ""
    if error.status_code in (401, 403):
        return _error("openai_key", f"OpenAI refused the key{quoted}.", "Check OPENAI_API_KEY and its rights.")
    if error.status_code == 404:
        return _error("openai_unknown", f"OpenAI does not know it{quoted}.", "Check the base model's name.")
    if error.status_code == 429:
        return _error("openai_busy", f"OpenAI takes no more just now{quoted}.", "It is tried again by itself.")
    if error.status_code >= 500:
        return _error("openai_away", f"OpenAI fails ({error.status_code}){quoted}.", "It is tried again by itself.")
    return _error("openai_refused", f"OpenAI refused the job{quoted}.", "Mend what it names and start again.")


def unreachable(error: Exception) -> dict[str, str]:
    """The error for no answer at all."""
    told = f"OpenAI cannot be reached ({type(error).__name__})."
    return _error("openai_away", told, "It is tried again by itself; look at the network.")


def told_of(error: Exception) -> dict[str, str]:
    """The error for whatever went wrong there."""
    if isinstance(error, APIStatusError):
        return refused(error)
    if isinstance(error, APIError | TimeoutError):
        return unreachable(error)
    told = "OpenAI answers something that is not an answer, as a proxy in between may."
    return _error("openai_nonsense", told, "It is tried again by itself; look at the network and OPENAI_BASE_URL.")


def paused(status: str) -> dict[str, str]:
    """For a job there that neither goes on nor has ended."""
    told = f"OpenAI says of the job: {str(status)[:80]}."
    return _error("openai_paused", told, "It can be resumed there; it is looked at until it ends.")


def stays(error: Exception, job: str | None) -> dict[str, str]:
    """For a job that was to be stopped there, or whose files were to be removed, and OpenAI has not heard of it."""
    what = f"the job {job}" if job else "what was begun there"
    told = f"It is not sure that {what} is stopped at OpenAI: {told_of(error)['message']}"
    return _error("openai_not_stopped", told, "It may go on there and cost money. It is tried again by itself.")


def over(error: APIStatusError) -> bool:
    """Whether it says, asked to stop a job, that there is nothing to stop."""
    return error.status_code == 404 or (error.status_code == 400 and "already" in message(error.body))


def lasting(error: Exception, *, begun: bool) -> bool:
    """Whether it stays so. A job that goes on there already is not given up for a key that was changed."""
    if not isinstance(error, APIStatusError):
        return False
    status = error.status_code
    if status == 429:
        return "insufficient_quota" in message(error.body) and not begun
    return status == 404 or (not begun and 400 <= status < 500 and status not in (408, 409))


def _error(code: str, text: str, hint: str) -> dict[str, str]:
    return {"code": code, "message": text, "hint": hint}
