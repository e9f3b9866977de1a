import type { components } from '../api/schema.gen'

type Schemas = components['schemas']

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
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A comparison as the server keeps it; names are null until this visitor may know them. */
export type Kept = Schemas['Comparison']
export type KeptLane = Kept['lanes'][number]
/** A lane whose name may be known. */
export type Told = KeptLane | Schemas['RevealedLane']
export type Tally = Schemas['Tally']
export type Listed = Schemas['ComparisonLine']
/** A vote as it was counted, and who was who. */
export type Cast = Schemas['Vote']
export type Winner = Cast['winner']
/** Why a vote is kept but does not count: the names were shown, or a text gave its arm away. */
export type WhyNot = NonNullable<Cast['why_not']>
export type Asked = Schemas['CompareRequest']
export type VoteGiven = Schemas['VoteRequest']
/** The messages of every model call of a lane. */
export type Prompts = Schemas['LanePrompts']
export type Said = Schemas['PromptMessage']
/** A way of answering and the parameters that its variants may set. */
export type ApproachInfo = Schemas['Approach']
export type Parameter = Schemas['Parameter']
