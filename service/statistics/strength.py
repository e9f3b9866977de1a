"""Bradley-Terry strengths by penalised maximum likelihood, many weightings of the same votes at once."""

from __future__ import annotations

import numpy as np

from service.statistics.cluster import Floats
from service.statistics.votes import Design

RIDGE = 0.5
"""Pseudo-votes of each arm against a virtual average one, half won and half lost: sparse or separated votes stay
finite."""

_STEPS = 60
_CLOSE = 1e-7  # on the logit scale; Newton doubles the right digits with every step
_CELLS = 8_000_000


def strengths(it: Design, weights: Floats, *, ridge: float = RIDGE, start: Floats | None = None) -> Floats:
    """Coefficients (weightings x columns of `it.x`), the arms' centred on 0; `weights` is weightings x rows.

    logit P(left wins) = beta_left - beta_right + gamma + sum theta_k style_k; a tie is half a win for each. Newton's
    method with halved steps, from `start`. Side and styles get a tenth of the ridge.
    Bradley and Terry (1952), Biometrika 39; Li et al. (2024), *Does style matter?*, for the controls.
    """
    step = max(1, _CELLS // max(1, it.x.shape[0] * 4))
    return np.concatenate([_fitted(it, weights[at : at + step], ridge, start) for at in range(0, len(weights), step)])


def _fitted(it: Design, weights: Floats, ridge: float, start: Floats | None) -> Floats:
    arms, columns = len(it.arms), it.x.shape[1]
    other = _light(it, ridge)
    beta = np.zeros((len(weights), columns)) + (0.0 if start is None else start)
    value = _likelihood(it, weights, beta, ridge, other)
    for _ in range(_STEPS):
        gradient = (weights * (it.y - _logistic(beta @ it.x.T))) @ it.x
        gradient[:, :arms] += ridge * (0.5 - _logistic(beta[:, :arms]))
        gradient[:, arms:] -= other[arms:] * beta[:, arms:]
        hessian = _curvature(it, weights, beta, ridge)
        move = np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -5, 5)
        for _ in range(20):
            tried = _likelihood(it, weights, beta + move, ridge, other)
            worse = tried < value - 1e-9 * (1 + np.abs(value))
            if not worse.any():
                break
            move[worse] /= 2
        beta, value = beta + move, tried
        if np.abs(move).max(initial=0.0) < _CLOSE:
            break
    beta[:, :arms] -= beta[:, :arms].mean(axis=1, keepdims=True)
    return beta


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
    arms, columns = len(it.arms), it.x.shape[1]
    chance, pseudo = _logistic(beta @ it.x.T), _logistic(beta[:, :arms])
    outer = (it.x[:, :, None] * it.x[:, None, :]).reshape(len(it.x), columns * columns)
    hessian: Floats = ((weights * chance * (1 - chance)) @ outer).reshape(-1, columns, columns)
    hessian += 1e-9 * np.eye(columns)
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
