import type { components } from '../../api/schema.gen'

type Schemas = components['schemas']

export type Against = Schemas['Against']
export type Answered = Schemas['Answered']
export type Asked = Schemas['AskedCase']
export type BreakEvenArm = Schemas['BreakEvenArm']
export type Case = Schemas['Case']
export type CaseChange = Schemas['CaseChange']
export type Compared = Schemas['Compared']
export type Dataset = Schemas['Dataset']
export type Flip = Schemas['Flip']
export type Mean = Schemas['Mean']
export type Metric = Schemas['ScoreMetric']
/** A question as somebody types it in. */
export type NewCase = Pick<Case, 'question' | 'answers' | 'gold_docs' | 'answerable' | 'tags'> & { readonly gold_passages?: readonly { readonly doc: string; readonly text: string }[] }
export type NewRun = Schemas['NewRun']
export type Report = Schemas['Report']
export type ReportArm = Schemas['ReportArm']
export type Run = Schemas['Run']
export type Verdict = Compared['verdict']
export type CaseStatus = Case['status']
export type Reference = NonNullable<NewRun['references']>[number]

export const references: readonly Reference[] = ['closed_book', 'oracle', 'refuse']

export const isRunning = ({ status }: Pick<Run, 'status'>): boolean => status === 'queued' || status === 'running'
