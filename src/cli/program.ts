import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { environments } from '../env/registry.ts';
import { codeFolder } from '../package-folder.ts';
import { collectConditions, parseCondition } from './condition-option.ts';
import { environmentFlags } from './environment-option.ts';
import { environmentOptionLines, listEnvironments } from './environments-command.ts';
import { evaluate } from './evaluate-command.ts';
import type { ExitCode } from './exit-code.ts';
import { objectiveNames, objectiveSettings } from './objective-option.ts';
import { conditionSettings, offPolicySettings, rewardSettings } from './off-policy-setting.ts';
import { parseInteger, parseJson, parseText } from './parse-value.ts';
import type { ModelRequest } from './open-model.ts';
import { report } from './report-command.ts';
import { reproduceHypergrid, reproductionDefaults } from './reproduce-command.ts';
import { sample } from './sample-command.ts';
import type { Setting } from './setting.ts';
import type { Terminal } from './terminal.ts';
import { train } from './train-command.ts';
import { runSettings, trainerSettings } from './training-setting.ts';

const exitCodes = `
Exit codes: 0 success, 1 failure while running, 2 wrong usage or input, 130 interrupted by Ctrl-C, 143 by SIGTERM.
Errors are printed as "error [CODE]: message"; GFLOWNET_DEBUG=1 adds the stack.`;

function addSetting(command: Command, keys: Map<string, string>, setting: Setting): void {
  const option = new Option(setting.flag, `${setting.description} (default: ${setting.defaultText})`);
  const { parse } = setting;
  if (parse !== undefined) option.argParser((text: string) => parse(option.long ?? setting.flag, text));
  command.addOption(option);
  // After the flag itself: alone, or first, it would make true the default.
  if (parse === undefined) command.addOption(new Option(setting.flag.replace('--', '--no-')).hideHelp());
  keys.set(option.attributeName(), setting.key);
}

function integerArgument(name: string) {
  return (text: string) => parseInteger(name, text);
}

function environmentOptionsArgument(text: string): unknown {
  return parseJson('--environment-options', text);
}

function addEnvironmentOption(command: Command): Command {
  return command.option(
    '--environment <module>',
    'module of the environment, if it is one of your own (default: the one that config.json of the run names)',
  );
}

/** Flags of an ONNX reward for a model that has been trained. */
const modelRewardSettings = rewardSettings
  .filter(({ key }) => key !== 'reward.timeLimit')
  .map((setting) =>
    setting.key === 'reward.onnx' ? { ...setting, defaultText: "the model's, found beside it" } : setting,
  );

/** Options that several commands share. */
function addModelOptions(command: Command): Command {
  for (const setting of modelRewardSettings) addSetting(command, new Map(), setting);
  return addEnvironmentOption(command)
    .option(
      '--environment-options <json>',
      "what the module's function is given (default: as config.json beside the model says)",
      environmentOptionsArgument,
    )
    .option('--backend <name>', 'native or typescript', 'native')
    .option(
      '--threads <integer>',
      'threads of the native backend (default: the processors that are available)',
      integerArgument('--threads'),
    );
}

function modelRequest(command: Command, model: string): ModelRequest {
  const { environment, environmentOptions, backend, threads } = command.opts<{
    environment?: string;
    environmentOptions?: unknown;
    backend?: string;
    threads?: number;
  }>();
  return { model, environment, environmentOptions, backend, threads, reward: rewardRequest(command) };
}

/** The section of a configuration that the flags of a reward make; undefined without any. */
function rewardRequest(command: Command): unknown {
  const options = command.opts<Record<string, unknown>>();
  const given = modelRewardSettings.flatMap(({ key, flag }): [string, unknown][] => {
    const value = options[new Option(flag).attributeName()];
    return value === undefined ? [] : [[key.replace('reward.', ''), value]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function trainCommand(argv: readonly string[], terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('train')
    .summary('train a GFlowNet')
    .description(
      'Trains a GFlowNet on an environment and writes a run: config.json, metrics.jsonl, model.onnx, report.html ' +
        'and checkpoints, from which it goes on after an interruption.',
    )
    .argument(
      '[environment]',
      `${environments.map(({ name }) => name).join(', ')}, or the path of a module that exports one (.ts, .js, …); ` +
        'may come from --config',
    );
  const keys = new Map<string, string>();
  command.optionsGroup('Run:');
  command
    .option('--config <file>', 'JSON file of settings, like the config.json of a run; flags override it')
    .option(
      '--out <folder>',
      'folder of the run (default: runs/<environment>-<objective>-<seed>, -2, -3 … if it exists)',
    )
    .option('--resume <run>', 'go on with the run in this folder, as its config.json says, from its latest checkpoint')
    .option('--environment <module>', 'with --resume: where the module of the environment is now')
    .option('--force', 'overwrite the run in an existing folder', false)
    .option('--json', 'print the result as one JSON object', false)
    .option('--quiet', 'show no progress', false);
  for (const setting of runSettings) addSetting(command, keys, setting);
  command.optionsGroup('Objective:');
  addSetting(command, keys, {
    key: 'objective',
    flag: '--objective <name>',
    description: objectiveNames.join(', '),
    defaultText: 'trajectory-balance',
    parse: parseText,
  });
  for (const setting of objectiveSettings) addSetting(command, keys, setting);
  command.optionsGroup('Trainer:');
  for (const setting of [...trainerSettings, ...conditionSettings]) addSetting(command, keys, setting);
  command.optionsGroup('Off-policy:');
  for (const setting of offPolicySettings) addSetting(command, keys, setting);
  command.optionsGroup('Own environment and reward:');
  addSetting(command, keys, {
    key: 'environmentOptions',
    flag: '--environment-options <json>',
    description: "what the module's function (options) => environment is given, like '{\"items\":8}'",
    defaultText: '{}',
    parse: parseJson,
  });
  for (const setting of rewardSettings) addSetting(command, keys, setting);
  for (const [key, flag] of environmentFlags) {
    const option = new Option(flag).hideHelp();
    if (keys.has(option.attributeName())) continue; // the grids' own --reward has the flag of an ONNX reward
    command.addOption(option);
    keys.set(option.attributeName(), key);
  }
  command.addHelpText('after', () => {
    const named = environments.filter(({ name }) => argv.includes(name));
    const shown = named.length > 0 ? named : environments;
    return (
      shown.map(({ name }) => `\nEnvironment ${name}:\n${environmentOptionLines(name)}`).join('\n') + `\n${exitCodes}`
    );
  });
  return command.action(async (environment: string | undefined) => {
    const options = command.opts<Record<string, unknown>>();
    const flags = Object.fromEntries([...keys].map(([attribute, key]) => [key, options[attribute]]));
    const {
      environment: module,
      config,
      out,
      resume,
      force,
      json,
      quiet,
    } = command.opts<{
      environment?: string;
      config?: string;
      out?: string;
      resume?: string;
      force: boolean;
      json: boolean;
      quiet: boolean;
    }>();
    done(await train({ environment, module, config, out, resume, force, json, quiet, flags }, terminal));
  });
}

function sampleCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('sample')
    .summary('draw objects from a model')
    .description('Draws trajectories from a saved model: state, log R(x) and log P_F of the trajectory, one a line.')
    .argument('<model>', 'folder of a run, or its model.onnx')
    .option('--count <integer>', 'number of samples', integerArgument('--count'), 10)
    .option('--seed <integer>', 'seed of the trajectories', integerArgument('--seed'), 0)
    .option(
      '--condition <numbers>',
      'condition of all trajectories, numbers separated by commas: required of a model with conditions',
      (text: string) => parseCondition('--condition', text),
    )
    .option('--jsonl', 'one JSON object a line instead of tab-separated columns', false)
    .option('--smiles', 'of molecules: canonical SMILES and R(x), separated by a tab, without a heading', false);
  return addModelOptions(command)
    .addHelpText('after', exitCodes)
    .action(async (model: string) => {
      interface Options {
        count: number;
        seed: number;
        jsonl: boolean;
        smiles: boolean;
        condition: number[] | undefined;
      }
      const { count, seed, jsonl, smiles, condition } = command.opts<Options>();
      done(await sample({ ...modelRequest(command, model), count, seed, jsonl, smiles, condition }, terminal));
    });
}

function evaluateCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('evaluate')
    .summary('compare a model with its target')
    .description('Computes the metrics of a saved model, each printed with its definition.')
    .argument('<model>', 'folder of a run, or its model.onnx')
    .option(
      '--samples <integer>',
      'samples of the empirical metrics (default: 200000; up to 10000 where states cannot be enumerated)',
      integerArgument('--samples'),
    )
    .option(
      '--correlation-objects <integer>',
      'most objects of the correlation (default: up to 10000 terminal states, a whole test set, or up to 2000 samples)',
      integerArgument('--correlation-objects'),
    )
    .option(
      '--condition <numbers>',
      'condition to evaluate at, numbers separated by commas; may be given several times (default: those of the training)',
      collectConditions('--condition'),
    )
    .option('--seed <integer>', 'seed of the samples', integerArgument('--seed'), 0)
    .option('--json', 'print the metrics as one JSON object', false);
  return addModelOptions(command)
    .addHelpText('after', exitCodes)
    .action(async (model: string) => {
      interface Options {
        samples: number | undefined;
        correlationObjects: number | undefined;
        condition: number[][] | undefined;
        seed: number;
        json: boolean;
      }
      const { samples, correlationObjects, condition, seed, json } = command.opts<Options>();
      const options = { samples, correlationObjects, conditions: condition, seed, json };
      done(await evaluate({ ...modelRequest(command, model), ...options }, terminal));
    });
}

function reportCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('report')
    .summary('write the report of a run again')
    .description('Writes report.html of a run from its other files.')
    .argument('<run>', 'folder of the run')
    .option('--json', 'print the path of the report as one JSON object', false);
  return addEnvironmentOption(command)
    .addHelpText('after', exitCodes)
    .action(async (run: string) => {
      const { environment, json } = command.opts<{ environment?: string; json: boolean }>();
      done(await report({ run, environment, json }, terminal));
    });
}

function environmentsCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('environments')
    .summary('list the environments and their options')
    .option('--json', 'print the list as one JSON object', false);
  return command.addHelpText('after', exitCodes).action(async () => {
    done(await listEnvironments(command.opts<{ json: boolean }>().json, terminal));
  });
}

function reproduceCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('reproduce').summary('run a published experiment');
  const hypergrid = new Command('hypergrid')
    .summary('the grid experiment of Bengio et al. 2021, section 4.1')
    .description(
      'Compares flow matching, trajectory balance and Metropolis-Hastings on the hypergrid (4 dimensions, side 8) for ' +
        'R0 = 0.1, 0.01 and 0.001: empirical L1, exact l1Sum and modes found against visits. Writes a report.',
    )
    .option(
      '--visits <integer>',
      'reward evaluations of each method',
      integerArgument('--visits'),
      reproductionDefaults.visits,
    )
    .option(
      '--batch <integer>',
      'trajectories of a training step',
      integerArgument('--batch'),
      reproductionDefaults.batchSize,
    )
    .option('--seed <integer>', 'seed of all methods', integerArgument('--seed'), reproductionDefaults.seed)
    .option('--backend <name>', 'native or typescript', reproductionDefaults.backend)
    .option('--out <folder>', 'folder of the report', reproductionDefaults.out)
    .option('--force', 'overwrite an existing folder', false)
    .option('--json', 'print the results as one JSON object', false);
  hypergrid.addHelpText('after', exitCodes).action(async () => {
    interface Options {
      visits: number;
      batch: number;
      seed: number;
      backend: string;
      out: string;
      force: boolean;
      json: boolean;
    }
    const { batch, ...options } = hypergrid.opts<Options>();
    done(await reproduceHypergrid({ ...options, batchSize: batch }, terminal));
  });
  return command.addCommand(hypergrid);
}

/** The version in package.json, which lies beside the folder of this code: src/ or what is compiled from it. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(codeFolder), 'package.json'), 'utf8'));
  return (manifest as { readonly version: string }).version;
}

/** The command line; `done` is told the exit code of the command that ran. Errors are thrown. */
export function createProgram(argv: readonly string[], terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('gflownet')
    .description('Train and run GFlowNets.')
    .version(packageVersion())
    .addHelpText('after', exitCodes);
  const commands = [
    trainCommand(argv, terminal, done),
    sampleCommand(terminal, done),
    evaluateCommand(terminal, done),
    reportCommand(terminal, done),
    environmentsCommand(terminal, done),
    reproduceCommand(terminal, done),
  ];
  for (const command of commands) program.addCommand(command);
  quietly(program, terminal);
  return program;
}

/** Makes a command and those below it throw instead of exiting, and write help where the terminal wants it. */
function quietly(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.stdout.write(text),
    writeErr: (text) => terminal.stderr.write(text),
    outputError: () => undefined, // main prints errors
  });
  for (const child of command.commands) quietly(child, terminal);
}
