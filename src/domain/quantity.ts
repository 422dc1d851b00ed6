declare const brand: unique symbol;

/** A number that must not be mixed with another kind of number. */
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Rises with every change of the writing site; never reused, never deleted. First epoch: 1. */
export type Epoch = Branded<"Epoch">;

export const epoch = (value: number): Epoch => {
  invariant(Number.isSafeInteger(value) && value >= 0, `an epoch is a whole number from 0, not ${value}`);
  return value as Epoch;
};

export const nextEpoch = (current: Epoch): Epoch => epoch(current + 1);

/** Throws where the programmer is wrong; never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

export const assertNever = (value: never): never => {
  throw new Error(`invariant broken: unexpected ${JSON.stringify(value)}`);
};
