import type { components } from '../../api/schema.gen'

type Schemas = components['schemas']

export type Check = Schemas['PairCheck']
export type Estimate = Schemas['Estimate']
export type Finding = Schemas['PairFinding']
export type NewJob = Pick<Schemas['NewFinetune'], 'name' | 'base' | 'trainer' | 'settings' | 'from_scratch' | 'collection'> & { readonly pairs_id: string }
export type Pair = Schemas['StoredPair']
export type PairChange = Schemas['PairChange']
export type PairSet = Schemas['PairSet']
export type PairStatus = Pair['status']
export type Point = Schemas['Point']
export type Recipe = Schemas['TuneSettings']
export type Sample = Schemas['Sample']
export type TrainedPair = Schemas['TrainedPair']
export type Trainer = Schemas['Trainer']

/** A training. Its settings are as they were asked for: null where that was left to the trainer. */
export type Job = Omit<Schemas['Finetune'], 'settings' | 'loss'> & { readonly settings: Recipe; readonly loss: readonly Point[] }

export const goesOn = ({ status }: Pick<Job, 'status'>): boolean => status !== 'finished' && status !== 'failed' && status !== 'cancelled'
