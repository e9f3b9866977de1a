import { winnerOf, type VoteBar } from '../../compare/vote-bar'
import type { ComparePage } from './compare-page'

/** 1, 2, … for a lane, 0 for a tie, x for none: while a blind vote is due and nothing is being written. */
export function voteByKey(event: KeyboardEvent, page: ComparePage): void {
  const target = event.composedPath()[0]
  const writing = target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
  if (writing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return
  const { canVote, blind, lanes } = page.comparison
  const winner = canVote && blind ? winnerOf(event.key, lanes.length) : null
  if (winner === null) return
  event.preventDefault()
  void page.vote(winner, page.renderRoot.querySelector<VoteBar>('px-vote')?.reason)
}
