import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Accepted = Schemas['Accepted']
export type Answer = Schemas['Answer']
export type Chunk = Schemas['Chunk']
export type Citation = Schemas['Citation']
export type Collection = Schemas['Collection']
export type Transcript = Schemas['Conversation']
export type Document = Schemas['Document']
export type Formats = Schemas['FormatList']
export type Model = Schemas['Model']
export type Passage = Schemas['Passage']
export type Problem = Schemas['Error']
export type Question = Schemas['ChatRequest']
export type Readiness = Schemas['Ready']
export type Receipt = Schemas['Receipt']
export type Suggestions = Schemas['SuggestionList']
export type Uploaded = Schemas['UploadedList']['items'][number]
export type Variant = Schemas['Variant']
export type Version = Schemas['Version']

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string | null
}
