import type { components } from '../../api/schema.gen'

type Schemas = components['schemas']

export type Experiment = Schemas['Experiment']
export type Lane = Experiment['variants'][number]
export type NewExperiment = Schemas['NewExperiment']
export type MetricName = NewExperiment['metric']
export type Guardrail = Schemas['Guardrail']
export type GuardedMetric = Guardrail['metric']
export type Report = Schemas['ReportOfExperiment']
export type Measured = Report['metrics'][number]
export type ComparisonOfLanes = Measured['comparisons'][number]

export const metricNames: readonly MetricName[] = ['feedback', 'feedback_per_exposure', 'votes', 'declined_rate', 'error_rate', 'first_token', 'total', 'cost']
/** Shares of answers: what routing by success can learn from. */
export const learnable: readonly MetricName[] = ['feedback', 'declined_rate', 'error_rate']
export const isRunning = ({ status }: Pick<Experiment, 'status'>): boolean => status === 'running'
