import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Answer = Schemas['Answer']
export type Chunk = Schemas['Chunk']
export type Citation = Schemas['Citation']
export type Collection = Schemas['Collection']
export type Document = Schemas['Document']
export type Model = Schemas['Model']
export type Passage = Schemas['Passage']
export type Problem = Schemas['Problem']
export type Question = Schemas['Question']
export type Readiness = Schemas['Readiness']
export type Step = Schemas['Step']
export type Uploaded = Schemas['Accepted']
export type Variant = Schemas['Variant']
export type Version = Schemas['Version']

/** What a delete removed, place by place, and what the probe still found. */
export type Receipt = Readonly<Record<string, unknown>>

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string | null
}
