export { GfnError, type ErrorCode } from './error.ts';

export type {
  ConditionRange,
  ConditionSpec,
  Environment,
  EnvironmentParameters,
  Modes,
  ObservationInput,
  ObservationSpec,
  ParameterValue,
} from './env/environment.ts';
export { defineEnvironment, type DefineEnvironmentOptions } from './env/defined/define-environment.ts';
export type { DefinedEnvironment, HostingOptions } from './env/defined/defined-environment.ts';
export type {
  ConditionOptions,
  EnvironmentDescription,
  ObservationPart,
  ObservationParts,
  Observed,
  StateIdentity,
} from './env/defined/environment-description.ts';
export { bitSequence } from './env/bit-sequence.ts';
export type { EnvironmentDefinition } from './env/definition.ts';
export type { Grid } from './env/grid.ts';
export type { EnvironmentOption, EnvironmentOptions } from './env/option.ts';
export type { BitSequenceOptions, WordSequence } from './env/word-sequence.ts';
export { bitSequenceAutoregressive } from './env/bit-sequence-autoregressive.ts';
export { bitSequenceTestSet } from './env/bit-sequence-modes.ts';
export { bitSequencePrependAppend } from './env/bit-sequence-prepend-append.ts';
export { conditionalHypergrid, type ConditionalHypergridOptions } from './env/conditional-hypergrid.ts';
export type { ConditionedEnvironment, Conditioning } from './env/conditioned-environment.ts';
export type { TemperatureCondition } from './env/tempered-environment.ts';
export { hypergrid, hypergridRewardPresets, type HypergridOptions } from './env/hypergrid.ts';
export { hypergrid2021, type Hypergrid2021Options } from './env/hypergrid-2021.ts';
export { molecule, type Molecule } from './env/molecule.ts';
export type { MoleculeOptions } from './env/molecule-options.ts';
export { ising, type IsingOptions } from './env/ising.ts';
export { dag } from './env/dag.ts';
export type { DagOptions } from './env/dag-options.ts';
export { factors, type FactorsOptions } from './env/factors.ts';
export type { NumberArrayInput } from './env/number-array.ts';
export type { PairwiseFactor, PairwiseFactorsInput } from './env/pairwise-factor.ts';
export { permutation, type PermutationOptions } from './env/permutation.ts';
export { qm9Small, sequence, tfbind8 } from './env/sequence.ts';
export type { SequenceStyle } from './env/sequence-growth.ts';
export type { SequenceOptions } from './env/sequence-options.ts';
export type { SequencePresetName } from './env/sequence-preset.ts';
export type { SequenceTableInput } from './env/sequence-table.ts';
export { set, type SetOptions } from './env/set.ts';
export type { TableReward } from './env/table-reward.ts';
export { createEnvironment, environments } from './env/registry.ts';

export type {
  ConditionDistribution,
  DirichletConditions,
  DrawCondition,
  ListedConditions,
  ResolvedConditionDistribution,
  UniformConditions,
} from './condition/condition-distribution.ts';
export type {
  ResolvedTrainingConditions,
  TemperatureOptions,
  TrainingConditions,
} from './condition/training-conditions.ts';

export type { AtomGraph, MoleculeGraph } from './molecule/atom-graph.ts';
export type { Attachment, Block, BlockAtom, BlockBond } from './molecule/block.ts';
export { canonicalSmiles } from './molecule/canonical-smiles.ts';
export { murckoScaffold } from './molecule/scaffold.ts';
export { smilesOf } from './molecule/smiles.ts';
export type { SeenMolecule } from './molecule/seen/molecule-file.ts';
export { readMolecules } from './molecule/seen/molecule-parts.ts';
export { MoleculesSeen } from './molecule/seen/molecules-seen.ts';
export type { SeenFigures, SeenPosition } from './molecule/seen/seen-collector.ts';
export type { MoleculesSeenOptions } from './molecule/seen/seen-options.ts';
export { loadVocabulary, shippedVocabulary, Vocabulary } from './molecule/vocabulary.ts';
export type { VocabularyInput } from './molecule/vocabulary-file.ts';

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
export type { Attached } from './checkpoint/checkpoint.ts';
export {
  checkpointDefaults,
  type CheckpointOptions,
  type FromCheckpointOptions,
  type RestoreOptions,
  type SaveCheckpointOptions,
} from './checkpoint/checkpoint-options.ts';
export type { JsonValue } from './checkpoint/json.ts';
export {
  trainerDefaults,
  type Backend,
  type ResolvedTrainerOptions,
  type TrainerOptions,
} from './trainer/trainer-options.ts';
export type { DatasetOptions, LocalSearchOptions, ReplayOptions, ResolvedDataset } from './trainer/off-policy.ts';
export type { ResolvedRewardFunction, RewardFunction, ScoreContext } from './reward/reward-function.ts';
export type { OnnxReward, ResolvedOnnxReward } from './reward/onnx-reward.ts';
export type { ResolvedReward, Reward } from './reward/reward-option.ts';
export type { RewardTransform } from './reward/transform.ts';
export type { Schedule } from './trainer/schedule.ts';
export type { SectionData } from './trainer/training-state.ts';
export type { ExactDistribution, StepReport, Trajectories, Visited } from './trainer/engine.ts';

export {
  FlowModel,
  type LoadOptions,
  type Sample,
  type SampleOptions,
  type StreamOptions,
} from './model/flow-model.ts';
export type { ConditionEvaluation, EvaluateOptions, Evaluation } from './model/evaluation.ts';

export { CsvLogger } from './log/csv-logger.ts';
export { JsonLinesLogger } from './log/json-lines-logger.ts';
export { logReports } from './log/log-reports.ts';
export { TensorBoardLogger, type TensorBoardOptions } from './log/tensorboard-logger.ts';
export type { LogFileOptions, StepFigures, TrainingLogger } from './log/training-logger.ts';
