import { badArgument, choiceOption, numberOption, rejectUnknown } from '../options.ts';

/** What turns a score y into a reward R ≥ 0. */
export type RewardTransform =
  | { readonly kind: 'identity' }
  /** |y| */
  | { readonly kind: 'absolute' }
  /** y^exponent, of y ≥ 0 */
  | { readonly kind: 'power'; readonly exponent: number }
  /** scale · e^(rate · y), scale above 0 */
  | { readonly kind: 'exponential'; readonly scale: number; readonly rate: number }
  /** y + by */
  | { readonly kind: 'shift'; readonly by: number }
  /** factor · y, factor not 0 */
  | { readonly kind: 'product'; readonly factor: number }
  /** 1 / (1 + e^(−slope · (y − midpoint))) */
  | { readonly kind: 'sigmoid'; readonly slope: number; readonly midpoint: number };

/** The numbers that each kind takes. */
export const transformParameters = {
  identity: [],
  absolute: [],
  power: ['exponent'],
  exponential: ['scale', 'rate'],
  shift: ['by'],
  product: ['factor'],
  sigmoid: ['slope', 'midpoint'],
} as const satisfies Record<RewardTransform['kind'], readonly string[]>;

/** `value` if it is a transform; ERR_ARGUMENT or ERR_UNKNOWN_OPTION otherwise. */
export function transformOption(name: string, value: unknown): RewardTransform {
  if (typeof value !== 'object' || value === null || !('kind' in value)) {
    return badArgument(name, "a transform like { kind: 'power', exponent: 3 }", value);
  }
  const kind = choiceOption(
    `${name}.kind`,
    value.kind,
    Object.keys(transformParameters) as readonly RewardTransform['kind'][],
  );
  rejectUnknown(name, value, ['kind', ...transformParameters[kind]]);
  for (const parameter of transformParameters[kind]) {
    numberOption(`${name}.${parameter}`, (value as Record<string, unknown>)[parameter]);
  }
  const transform = value as RewardTransform;
  if (transform.kind === 'exponential' && transform.scale <= 0) {
    badArgument(`${name}.scale`, 'a finite number above 0, so that R is above 0', transform.scale);
  }
  if (transform.kind === 'product' && transform.factor === 0) {
    badArgument(`${name}.factor`, 'a finite number other than 0, so that not every R is 0', transform.factor);
  }
  return transform;
}

/** The numbers of a transform, in the order of its type's members. */
export function transformNumbers(transform: RewardTransform): number[] {
  const numbers = transform as unknown as Readonly<Record<string, number>>;
  return transformParameters[transform.kind].map((parameter) => numbers[parameter]);
}

/** log R of a score; −Infinity for R = 0, NaN where the transform has no value ≥ 0. */
export function logTransformed(transform: RewardTransform, y: number): number {
  switch (transform.kind) {
    case 'identity':
      return Math.log(y);
    case 'absolute':
      return Math.log(Math.abs(y));
    case 'power':
      return transform.exponent === 0 && !Number.isNaN(y) ? 0 : transform.exponent * Math.log(y);
    case 'exponential':
      return Math.log(transform.scale) + transform.rate * y;
    case 'shift':
      return Math.log(y + transform.by);
    case 'product':
      return Math.log(transform.factor * y);
    case 'sigmoid':
      return -Math.log1p(Math.exp(-transform.slope * (y - transform.midpoint)));
  }
}
