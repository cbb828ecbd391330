export { GfnError, type ErrorCode } from './error.ts';

export type { Environment, EnvironmentParameters, Modes, ObservationSpec, ParameterValue } from './env/environment.ts';
export { bitSequence } from './env/bit-sequence.ts';
export type { EnvironmentDefinition } from './env/definition.ts';
export type { Grid } from './env/grid.ts';
export type { EnvironmentOption, EnvironmentOptions } from './env/option.ts';
export type { BitSequenceOptions, WordSequence } from './env/word-sequence.ts';
export { bitSequenceAutoregressive } from './env/bit-sequence-autoregressive.ts';
export { bitSequenceTestSet } from './env/bit-sequence-modes.ts';
export { bitSequencePrependAppend } from './env/bit-sequence-prepend-append.ts';
export { hypergrid, hypergridRewardPresets, type HypergridOptions } from './env/hypergrid.ts';
export { hypergrid2021, type Hypergrid2021Options } from './env/hypergrid-2021.ts';
export { ising, type IsingOptions } from './env/ising.ts';
export { createEnvironment, environments } from './env/registry.ts';

export {
  detailedBalance,
  flowMatching,
  subTrajectoryBalance,
  trajectoryBalance,
  varGrad,
} from './objective/define-objective.ts';
export type {
  DetailedBalance,
  FlowMatching,
  Objective,
  SubTrajectoryBalance,
  SubTrajectoryWeighting,
  TrajectoryBalance,
  VarGrad,
} from './objective/objective.ts';
export type { RegressionLoss } from './objective/regression-loss.ts';

export { Trainer, type Progress, type TrainOptions } from './trainer/trainer.ts';
export {
  trainerDefaults,
  type Backend,
  type ResolvedTrainerOptions,
  type TrainerOptions,
} from './trainer/trainer-options.ts';
export type { Schedule } from './trainer/schedule.ts';
export type { ExactDistribution, StepReport, Trajectories, Visited } from './trainer/engine.ts';

export {
  FlowModel,
  type LoadOptions,
  type Sample,
  type SampleOptions,
  type StreamOptions,
} from './model/flow-model.ts';
export type { EvaluateOptions, Evaluation } from './model/evaluation.ts';

export { CsvLogger } from './log/csv-logger.ts';
export { JsonLinesLogger } from './log/json-lines-logger.ts';
export { logReports } from './log/log-reports.ts';
export { TensorBoardLogger, type TensorBoardOptions } from './log/tensorboard-logger.ts';
export type { LogFileOptions, StepFigures, TrainingLogger } from './log/training-logger.ts';
