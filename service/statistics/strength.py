"""Bradley-Terry strengths by penalised maximum likelihood, many weightings of the same votes at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from service.statistics.cluster import Floats
from service.statistics.votes import Design

RIDGE = 0.5
"""Pseudo-votes of each arm against a virtual average one, half won and half lost: sparse or separated votes stay
finite."""

MANY = 1_000
"""Votes from which on a redrawn estimate is two steps of Newton's from the estimate of all, and not taken to its end:
the ends of the intervals are the same to a point (of 400 for ten times the odds), to five where an arm wins nine times
in ten; with 100 votes they would be to forty."""

_STEPS = 60
_CLOSE = 1e-7  # on the logit scale; Newton doubles the right digits with every step
_NEAR = 1e-4  # a fiftieth of a point, for one draw of many
_CELLS = 8_000_000
_DRAWN = 2_000_000


def strengths(
    it: Design, weights: Floats, *, ridge: float = RIDGE, start: Floats | None = None, close: float = _CLOSE
) -> Floats:
    """Coefficients (weightings x columns of `it.x`), the arms' centred on 0; `weights` is weightings x rows.

    logit P(left wins) = beta_left - beta_right + gamma + sum theta_k style_k; a tie is half a win for each. Newton's
    method with halved steps, from `start` (one a weighting) until all move less than `close`. Side and styles get a
    tenth of the ridge.
    Bradley and Terry (1952), Biometrika 39; Li et al. (2024), *Does style matter?*, for the controls.
    """
    step = max(1, _CELLS // max(1, it.x.shape[0] * 4))
    begun = np.zeros((len(weights), it.x.shape[1])) if start is None else start
    parts = [slice(at, at + step) for at in range(0, len(weights), step)]
    return np.concatenate([_fitted(it, weights[part], ridge, begun[part], close) for part in parts])


def redrawn(it: Design, best: Floats, draws: int, seed: int, *, ridge: float = RIDGE) -> Floats:
    """Coefficients of `draws` bootstraps over whole voters: draws x columns.

    A few steps of Newton's from `best`, the estimate of all votes, are as good as all (Davidson and MacKinnon 1999,
    International Economic Review 40; Andrews 2002, Econometrica 70): one whose gradients and curvatures are sums over
    voters, and another with the same curvatures. With few votes the method goes on to its end.
    """
    arms = len(it.arms)
    chance = _logistic(best @ it.x.T)
    gradients = it.by_voter((it.y - chance)[:, None] * it.x)
    curvatures = it.by_voter((chance * (1 - chance))[:, None] * _outer(it))
    votes = replace(it, x=it.x[it.row], y=it.y[it.row])
    rng = np.random.default_rng(seed)
    made = []
    for size in _parts(draws, max(1, _DRAWN // len(it.row))):
        chosen = rng.integers(it.voters, size=(size, it.voters)) + it.voters * np.arange(size)[:, None]
        drawn = np.bincount(chosen.reshape(-1), minlength=size * it.voters).reshape(size, it.voters).astype(np.float64)
        hessian = _penalised(it, drawn @ curvatures, best[None, :], ridge)
        near = best + _move(hessian, drawn @ gradients + _pull(it, best[None, :], ridge))
        weights = drawn[:, it.voter]
        if len(it.row) < MANY:
            made.append(strengths(votes, weights, ridge=ridge, start=near, close=_NEAR))
        else:
            made.append(_centred(near + _move(hessian, _gradient(votes, weights, near, ridge)), arms))
    return np.concatenate(made)


def _parts(whole: int, most: int) -> list[int]:
    return [min(most, whole - at) for at in range(0, whole, most)]


def _fitted(it: Design, weights: Floats, ridge: float, start: Floats, close: float) -> Floats:
    arms = len(it.arms)
    other = _light(it, ridge)
    beta = start
    value = _likelihood(it, weights, beta, ridge, other)
    for _ in range(_STEPS):
        move = _move(_curvature(it, weights, beta, ridge), _gradient(it, weights, beta, ridge))
        for _ in range(20):
            tried = _likelihood(it, weights, beta + move, ridge, other)
            worse = tried < value - 1e-9 * (1 + np.abs(value))
            if not worse.any():
                break
            move[worse] /= 2
        beta, value = beta + move, tried
        if np.abs(move).max(initial=0.0) < close:
            break
    return _centred(beta, arms)


def _move(hessian: Floats, gradient: Floats) -> Floats:
    """Newton's step, no coefficient by more than 5."""
    return np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -5, 5)


def _gradient(it: Design, weights: Floats, beta: Floats, ridge: float) -> Floats:
    """Of the penalised likelihood: weightings x columns."""
    return (weights * (it.y - _logistic(beta @ it.x.T))) @ it.x + _pull(it, beta, ridge)


def _pull(it: Design, beta: Floats, ridge: float) -> Floats:
    """The penalties' part of the gradient."""
    arms = len(it.arms)
    return np.hstack([ridge * (0.5 - _logistic(beta[:, :arms])), -_light(it, ridge)[arms:] * beta[:, arms:]])


def _centred(beta: Floats, arms: int) -> Floats:
    return np.hstack([beta[:, :arms] - beta[:, :arms].mean(axis=1, keepdims=True), beta[:, arms:]])


def errors(it: Design, weights: Floats, beta: Floats, *, ridge: float = RIDGE) -> Floats:
    """Standard errors of one fit's coefficients, the arms' centred, from the curvature, with every vote independent.

    The bootstrap says nothing where all votes agree, since every draw is the same; this does.
    """
    arms, columns = len(it.arms), it.x.shape[1]
    centre = np.eye(columns)
    centre[:arms, :arms] -= 1.0 / arms
    inverse = np.linalg.inv(_curvature(it, weights[None, :], beta[None, :], ridge)[0])
    found: Floats = np.sqrt(np.diag(centre @ inverse @ centre.T))
    return found


def _curvature(it: Design, weights: Floats, beta: Floats, ridge: float) -> Floats:
    """Minus the second derivatives of the penalised likelihood: weightings x columns x columns."""
    chance = _logistic(beta @ it.x.T)
    return _penalised(it, (weights * chance * (1 - chance)) @ _outer(it), beta, ridge)


def _outer(it: Design) -> Floats:
    """x x' of every row: rows x columns^2."""
    return (it.x[:, :, None] * it.x[:, None, :]).reshape(len(it.x), -1)


def _penalised(it: Design, seen: Floats, beta: Floats, ridge: float) -> Floats:
    """The curvature of the votes (weightings x columns^2) and of the penalties."""
    arms, columns = len(it.arms), it.x.shape[1]
    pseudo = _logistic(beta[:, :arms])
    hessian = seen.reshape(-1, columns, columns) + 1e-9 * np.eye(columns)
    if ridge == 0:  # fixes the level: only differences of arms are known then
        hessian[:, :arms, :arms] += 1.0 / arms
    diagonal = np.einsum("dii->di", hessian)
    diagonal[:, :arms] += ridge * pseudo * (1 - pseudo)
    diagonal[:, arms:] += _light(it, ridge)[arms:]
    return hessian


def _light(it: Design, ridge: float) -> Floats:
    """The penalty of every column that is no arm's."""
    return np.full(it.x.shape[1], max(ridge, 1e-6) / 10)


def _likelihood(it: Design, weights: Floats, beta: Floats, ridge: float, other: Floats) -> Floats:
    arms = len(it.arms)
    odds = beta @ it.x.T
    seen = np.sum(weights * (it.y * odds - np.logaddexp(0, odds)), axis=1)
    pseudo = ridge * np.sum(beta[:, :arms] / 2 - np.logaddexp(0, beta[:, :arms]), axis=1)
    total: Floats = seen + pseudo - np.sum(other[arms:] * beta[:, arms:] ** 2, axis=1) / 2
    return total


def _logistic(x: Floats) -> Floats:
    result: Floats = 0.5 * (1 + np.tanh(x / 2))
    return result
