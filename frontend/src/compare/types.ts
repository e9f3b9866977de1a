import type { Answer, Problem } from '../api/types'

export type Value = number | boolean | string
export type Values = Readonly<Record<string, Value>>

/** A lane as it is asked for: a variant, or the same with other parameters. */
export interface Wanted {
  readonly variant: string
  readonly parameters?: Values
}

/** What answers in a lane. `parameters` are those that differ from the defaults. */
export interface Arm {
  readonly variant: string
  readonly label: string
  readonly approach: string
  readonly model: string
  readonly parameters: Values
}

export type Winner = number | 'tie' | 'both_bad'

/** Why a vote is kept but does not count: the names were shown, or a text gave its arm away. */
export type WhyNot = 'open' | 'reveals'

export interface Told {
  readonly lane: number
  readonly variant: string | null
  readonly label: string | null
  readonly approach: string | null
  readonly model: string | null
  readonly parameters: Values | null
  readonly reveals: string | null
  readonly answer: Answer | null
  readonly error?: Problem | null
}

export interface KeptLane extends Told {
  readonly state: 'running' | 'ended' | 'failed'
  readonly text: string | null
  readonly outcome: string | null
}

/** A comparison as the server keeps it; names are null until this visitor may know them. */
export interface Kept {
  readonly id: string
  readonly question: string
  readonly collection: string
  readonly blind: boolean
  readonly created_at: string
  readonly state: 'running' | 'ended'
  readonly revealed: boolean
  readonly can_vote: boolean
  readonly voted: { readonly winner: Winner; readonly reason: string | null; readonly why_not: WhyNot | null; readonly created_at: string } | null
  readonly lanes: readonly KeptLane[]
  readonly votes: Tally | null
}

export interface Tally {
  readonly lane_wins: readonly number[]
  readonly ties: number
  readonly both_bad: number
}

export interface Listed {
  readonly id: string
  readonly question: string
  readonly collection: string
  readonly blind: boolean
  readonly created_at: string
  readonly state: 'running' | 'ended'
  readonly revealed: boolean
  readonly lanes: number
  readonly variants: readonly string[]
  readonly votes: number
}

export interface Voted {
  readonly id: string
  readonly winner: Winner
  readonly counted: boolean
  readonly why_not: WhyNot | null
  readonly lanes: readonly Told[]
}

export interface Asked {
  readonly question: string
  readonly variants?: readonly Wanted[]
  readonly collection: string | null
  readonly blind: boolean
  readonly conversation_id?: string
  readonly visitor: string
}

export interface Said {
  readonly role: string
  readonly content: string
}

/** The messages of every model call of a lane. */
export interface Prompts {
  readonly lane: number
  readonly variant: string
  readonly calls: readonly (readonly Said[])[]
}
